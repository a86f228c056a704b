"""How many files this process may have open."""

import resource


def allow_open_files(wanted: int) -> int:
    """Let this process, and what it starts from now on, have `wanted` files open, as far as it may; how many it may.

    `wanted` is also the answer where there is no limit. A higher limit is left as it is.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    reachable = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft >= reachable:
        return soft
    resource.setrlimit(resource.RLIMIT_NOFILE, (reachable, hard))
    return reachable
