"""Trouble on request: the next n calls of a path answer a code, come late, or lose their connection."""

from dataclasses import dataclass

DROPS = ("before", "after")
ANY_PATH = "*"


@dataclass(kw_only=True)
class Fault:
    """What happens to the next `times` calls of `path` (or of "*").

    A path may also be a receipt's event name (`TEMPLATESENDJOBFINISH`, `subscribe_msg_sent_event`): then `code`
    makes the delivery fail after acceptance, `latency` delays the receipt and `drop` loses it.
    """

    path: str
    code: int | None = None
    times: int = 1
    latency: float = 0.0  # seconds before answering
    drop: str | None = None  # "before": closed without executing; "after": executed, closed without an answer
    status: int | None = None  # an HTTP status instead of an answer


class Faults:
    """The faults still to happen, first added first used."""

    def __init__(self) -> None:
        self._waiting: list[Fault] = []

    def add(  # noqa: PLR0913 - one fact each
        self,
        path: str,
        *,
        code: int | None = None,
        times: int = 1,
        latency: float = 0.0,
        drop: str | None = None,
        status: int | None = None,
    ) -> Fault:
        """Arrange trouble. Raises ValueError for trouble that cannot be had."""
        if times < 1:
            raise ValueError("times must be at least 1")
        if latency < 0:
            raise ValueError("latency must not be negative")
        if drop is not None and drop not in DROPS:
            raise ValueError("drop must be before or after")
        if status is not None and not 200 <= status <= 599:  # noqa: PLR2004 - HTTP's own range
            raise ValueError("status must be an HTTP status")
        if code is None and drop is None and status is None and latency == 0:
            raise ValueError("say what should happen: code, latency, drop or status")
        fault = Fault(path=path, code=code, times=times, latency=latency, drop=drop, status=status)
        self._waiting.append(fault)
        return fault

    def take(self, path: str, *, exactly: bool = False) -> Fault | None:
        """The fault for this call, if any; uses it up by one. `exactly`: those of "*" do not count."""
        if not self._waiting:
            return None
        for fault in self._waiting:
            if fault.path == path or (fault.path == ANY_PATH and not exactly):
                fault.times -= 1
                if fault.times <= 0:
                    self._waiting.remove(fault)
                return fault
        return None

    def clear(self) -> None:
        """No more trouble."""
        self._waiting.clear()

    def __len__(self) -> int:
        """Faults not used up."""
        return len(self._waiting)
