"""Data keys for tests: always the same, and approved, so that stores can be opened over the test's database."""

from wxbot.encryption.data_keys import DataKeys
from wxbot.encryption.key_file import SettingKeys
from wxbot.encryption.keys import written

SECRET = written(bytes(range(32)))
OTHER_SECRET = written(bytes(range(1, 33)))
KEYS = DataKeys(SettingKeys(SECRET, ""), approved=True)
