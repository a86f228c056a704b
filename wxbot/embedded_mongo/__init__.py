"""The default database: a mongod on the loopback address, started, kept running and stopped by who uses its folder."""
