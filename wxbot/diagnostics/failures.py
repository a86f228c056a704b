"""What to do when the database cannot be used: each kind of failure in words, for operators and for staff."""

from collections.abc import Mapping

from wxbot.diagnostics.models import DatabaseFailure, Finding, Severity, Subject

URI = "WXBOT_MONGODB_URI"
IN_URI = f"{URI} 里的"

WORDS: Mapping[DatabaseFailure, tuple[str, str]] = {
    DatabaseFailure.BAD_ADDRESS: (
        (
            f"{URI} is no address of a MongoDB. Write mongodb://user:password@host:27017/?replicaSet=rs0; "
            "signs such as @ : / % in the password are written percent-encoded"
        ),
        f"{URI} 的写法不对：请管理员按 mongodb://用户:密码@主机:27017/?replicaSet=rs0 填写，密码里的特殊符号要转义。",
    ),
    DatabaseFailure.UNKNOWN_HOST: (
        f"no machine is known by the host name in {URI}. Is it spelt right, does name resolution work here?",
        f"找不到{IN_URI}主机：请管理员核对主机名和服务器的域名解析。",
    ),
    DatabaseFailure.UNREACHABLE: (
        (
            f"nothing answers at the host and port of {URI}. "
            "Is MongoDB running, are host and port right, does a firewall stand in between?"
        ),
        f"连接不上数据库：请管理员检查 MongoDB 是否在运行，以及{IN_URI}主机、端口和防火墙。",
    ),
    DatabaseFailure.SILENT: (
        "MongoDB takes the connection and gives no answer in time. Is it overloaded, or its disk full or frozen?",
        "数据库没有及时回答：请管理员检查数据库服务器的负载和磁盘。",
    ),
    DatabaseFailure.NO_ENCRYPTION: (
        (
            f"no encrypted connection could be made. Leave out tls=true in {URI} when the server has no TLS; "
            "name a certificate authority of your own with tlsCAFile=…"
        ),
        f"无法与数据库建立加密连接：请管理员核对{IN_URI} tls 选项和证书。",
    ),
    DatabaseFailure.WRONG_CREDENTIALS: (
        (
            f"MongoDB refuses the user or the password in {URI}. "
            "Check both, and authSource=…, the database in which the user was made"
        ),
        f"数据库拒绝登录：请管理员核对{IN_URI}用户名、密码和 authSource。",
    ),
    DatabaseFailure.NOT_ALLOWED: (
        f"the user in {URI} may not read and write the database, or none is named. Grant it the role readWrite",
        f"数据库用户没有读写权限：请管理员给{IN_URI}用户授予 readWrite 角色。",
    ),
    DatabaseFailure.NOT_IN_SET: (
        (
            f"what answers is no member of the replica set that {URI} names (replicaSet=…): it is a standalone server, "
            "which refuses the transactions that booking needs, or its set has another name. "
            "Start mongod with --replSet and that name, and run rs.initiate() once"
        ),
        f"数据库不属于{IN_URI} replicaSet：请管理员以副本集方式启动 MongoDB（--replSet），并执行一次 rs.initiate()。",
    ),
    DatabaseFailure.MEMBERS_UNREACHABLE: (
        (
            "the replica set names its members by hosts that this machine does not reach. Give them names that every "
            f"machine knows (rs.reconfig()), or add directConnection=true to {URI} for a set of one member"
        ),
        "副本集成员的主机名在这台服务器上访问不到：请管理员用 rs.reconfig() 改成都能访问的主机名。",
    ),
    DatabaseFailure.STANDALONE: (
        (
            "MongoDB runs as a standalone server, which refuses the transactions that booking needs. Start mongod with "
            f"--replSet rs0, run rs.initiate() once, and add replicaSet=rs0 to {URI}"
        ),
        "数据库是单机模式，不能预约：请管理员以副本集方式启动 MongoDB（--replSet rs0），并执行一次 rs.initiate()。",
    ),
    DatabaseFailure.NO_PRIMARY: (
        "the replica set has no primary, so nothing can be written. Was rs.initiate() run, are most members up?",
        "数据库副本集没有主节点，不能写入：请管理员检查是否执行过 rs.initiate()，以及多数成员是否在运行。",
    ),
    DatabaseFailure.NO_DISK_SPACE: (
        "MongoDB has no disk space left for a write. Delete old backups and logs there, or enlarge the disk",
        "数据库的磁盘满了，不能写入：请管理员立即清理数据库服务器的磁盘，或加大磁盘。",
    ),
    DatabaseFailure.REFUSED: (
        "MongoDB refuses to run a transaction. Its log says why",
        "数据库不能完成写入：请管理员查看 MongoDB 的日志。",
    ),
}


def finding(failure: DatabaseFailure, detail: str = "") -> Finding:
    """That failure in words; `detail` is the driver's name for it, for the operator."""
    message, sentence = WORDS[failure]
    return Finding(
        subject=Subject.DATABASE,
        severity=Severity.PROBLEM,
        message=f"Database: {message}" + (f" ({detail})" if detail else ""),
        sentence=sentence,
    )
