"""A WeChat platform of its own for tests, demo and training, written from the reference and not from our client.

It imports nothing else of ours. `platform.Platform` is the Python API, `server.create_app` puts it on HTTP.
"""
