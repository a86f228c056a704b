"""Field encryption: the data keys, the ciphers of documents, their check at start and their rotation.

AES-256-GCM with a random 96-bit nonce (NIST SP 800-38D); keys for fields, look-ups and the audit chain are derived
from one data key with HKDF-SHA256 (RFC 5869), each with a label of its own. The data key is never in the database.
"""
