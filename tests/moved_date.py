"""A pytest plugin for `.ci/test-dates`: while libfaketime leaves the monotonic clock real, it refuses `time.sleep`."""

import select
import time
from typing import SupportsIndex


def _sleep(seconds: SupportsIndex | float, /) -> None:
    select.select([], [], [], float(seconds))


time.sleep = _sleep
