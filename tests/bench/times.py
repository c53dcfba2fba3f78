"""How long it takes to ask: of as many asks as fit a bound, the middle and the slowest of a hundred."""

from collections.abc import Awaitable, Callable, Iterable
from math import ceil
from time import perf_counter
from typing import TypeVar

from tests.bench.figures import Figure, figure

LEAST = 5

T = TypeVar("T")


async def ms_of(ask: Callable[[T], Awaitable[object]], asked: Iterable[T], *, within_s: float = 600) -> list[float]:
    """Ask one after the other, and give how long each took; no more are begun after so long, but five in any case."""
    taken: list[float] = []
    ends = perf_counter() + within_s
    for each in asked:
        if (begun := perf_counter()) > ends and len(taken) >= LEAST:
            break
        await ask(each)
        taken.append((perf_counter() - begun) * 1_000)
    return taken


def percentile(taken: list[float], percent: int) -> float:
    """Give the least time that so many of a hundred asks did not exceed: of fewer than a hundred p99 is the longest."""
    return sorted(taken)[ceil(len(taken) * percent / 100) - 1]


def percentiles(
    name: str,
    taken: list[float],
    *,
    floor: float,
    goal: float,
    limits: list[float],
    limit_is: str,
    floor_p50: float | None = None,
    goal_p50: float | None = None,
) -> list[Figure]:
    """Make p50 and p99 of the times, with how many they are of."""
    bounds = {50: (floor_p50 or floor, goal_p50 or goal), 99: (floor, goal)}
    return [
        figure(
            f"{name}, p{percent}",
            [percentile(taken, percent)],
            "ms",
            limits=limits,
            limit_is=limit_is,
            floor=bound[0],
            goal=bound[1],
            asks=len(taken),
        )
        for percent, bound in bounds.items()
    ]
