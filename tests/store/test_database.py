"""How writes are acknowledged: by whom, and only once they are in the journal."""

import pytest

from wxbot.database import Database


@pytest.mark.parametrize(
    ("address", "by"),
    [
        ("mongodb://127.0.0.1:1/?directConnection=true", 1),  # the embedded one, a replica set of one
        ("mongodb://db1.example,db2.example,db3.example/?replicaSet=rs0", "majority"),
        ("mongodb://db1.example/?replicaSet=rs0&w=1", "majority"),
        ("mongodb://db1.example/", "majority"),
    ],
)
async def test_a_write_outlives_the_failover_of_a_replica_set(address: str, by: int | str) -> None:
    database = Database.connect(address, "clinic")
    try:
        assert database.collection("inbox").write_concern.document == {"w": by, "j": True}
    finally:
        database.close()
