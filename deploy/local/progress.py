"""Shows a person what is being done: one line a step, with its seconds; a spinner on a terminal only."""

import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

from rich.console import Console

from deploy.local.software import Say

OK, FAILED, USAGE, PARTIAL = 0, 1, 2, 3
"""Exit codes of all commands."""

_console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@contextmanager
def step(title: str) -> Iterator[Say]:
    """Time one step; it may say more while it runs."""
    begun = time.monotonic()

    def seconds() -> str:
        return f"{time.monotonic() - begun:7.1f} s"

    with _console.status(title) if _console.is_terminal else nullcontext():
        yield lambda sentence: _console.print(f"{seconds()}    {sentence}")
    _console.print(f"{seconds()}  {title}")


def tell(sentence: str) -> None:
    """Say something between the steps."""
    _console.print(sentence)
