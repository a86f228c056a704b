"""The settings of the demo: those of a service, and the one thing that no environment switches on."""

from typing import ClassVar

from config.settings import Settings


class DemoSettings(Settings):
    """Settings with which `open_app` adds `/demo/clock` and the accounts that everybody may enter.

    Nothing in the environment makes them: `wxbot demo` does. `open_app` refuses them beside the real platform.
    """

    demo: ClassVar[bool] = True
