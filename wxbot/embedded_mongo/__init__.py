"""The default database: a mongod on the loopback address, started, kept running and stopped by who uses its folder."""

from wxbot.embedded_mongo.binary import find_mongod
from wxbot.embedded_mongo.server import EmbeddedMongo

__all__ = ["EmbeddedMongo", "find_mongod"]
