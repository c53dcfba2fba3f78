"""Shows how far long work is: a bar on a terminal, elsewhere a line every few seconds; with rate and time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

LINE_EVERY_S = 5.0

Told = Callable[[str, int, int], None]
"""Hears what is being done, how many of it are done, of how many."""


@contextmanager
def progress() -> Iterator[Told]:
    """Give what is to be told."""
    console = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)
    if not console.is_terminal:
        yield lines(console.print, monotonic)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        bars = {}
        begun: dict[str, tuple[float, int]] = {}

        def told(what: str, done: int, whole: int) -> None:
            if what not in bars:
                begun[what] = monotonic(), done
                bars[what] = shown.add_task(what, total=None, rate="-")
            counted = _rate(begun[what], monotonic(), done)
            shown.update(bars[what], completed=done, total=whole, rate=f"{counted:,.0f}" if counted else "-")

        yield told


def lines(say: Callable[[str], None], clock: Callable[[], float]) -> Told:
    """Say it in lines: each step when it is done, and every few seconds until then."""
    begun: dict[str, tuple[float, int]] = {}  # what was done before the counting began is no part of the rate
    said: dict[str, float] = {}

    def told(what: str, done: int, whole: int) -> None:
        now = clock()
        since = begun.setdefault(what, (now, done))
        if done < whole and now - said.setdefault(what, now) < LINE_EVERY_S:
            return
        said[what] = now
        counted = _rate(since, now, done)
        rate = f", {counted:,.0f}/s" if counted >= 1 else ""
        left = f", about {(whole - done) / counted:,.0f} s left" if counted and done < whole else ""
        say(f"{what}: {done:,} of {whole:,}{rate}{left}.")

    return told


def _rate(begun: tuple[float, int], now: float, done: int) -> float:
    """Give what is done in a second; 0 where that cannot be told yet."""
    since, before = begun
    return (done - before) / (now - since) if done > before and now > since else 0.0
