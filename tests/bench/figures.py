"""A measured figure beside its limit, and how figures are printed and kept."""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

BUILD = Path(__file__).resolve().parents[2] / "build"
SECOND_MS = 1_000


@dataclass(frozen=True, slots=True)
class Figure:
    """The median of some runs, the machine's own limit in the same run, and the floor and goal to reach."""

    name: str
    value: float
    unit: str
    limit: float | None
    limit_is: str
    runs: list[float]
    floor: float
    goal: float
    asks: int | None
    """Of how many asks it is a percentile."""

    @property
    def ratio(self) -> float | None:
        return self.value / self.limit if self.limit else None

    @property
    def reaches(self) -> str:
        """Say what is reached; of times and memory the smaller is the better."""
        less_is_more = self.unit in ("ms", "s", "MB", "failed")
        for name, mark in (("goal", self.goal), ("floor", self.floor)):
            if (self.value <= mark) if less_is_more else (self.value >= mark):
                return name
        return "neither"

    @property
    def missed(self) -> bool:
        return self.reaches == "neither"

    @property
    def told(self) -> str:
        """Write the value with three digits and its unit."""
        return written(self.value, self.unit)

    @property
    def told_floor(self) -> str:
        return written(self.floor, self.unit)


def figure(
    name: str,
    runs: list[float],
    unit: str,
    *,
    limits: list[float],
    limit_is: str,
    floor: float,
    goal: float,
    asks: int | None = None,
) -> Figure:
    """Make a figure of its runs and of the limits measured between them."""
    return Figure(name, median(runs), unit, median(limits) if limits else None, limit_is, runs, floor, goal, asks)


def written(value: float, unit: str) -> str:
    """Write a number as people read it: 1,234.5 ms are 1.23 s, and 49,613.7 facts/s are 49,600."""
    if unit == "failed":
        return f"{value:.0f}" if value else "none"
    if unit == "ms" and value >= SECOND_MS:
        value, unit = value / SECOND_MS, "s"
    rounded = float(f"{value:.3g}")
    return f"{rounded:,.0f} {unit}" if rounded >= 100 else f"{rounded:g} {unit}"


def machine() -> str:
    """Name the machine without its host name."""
    model = next(
        (line.split(":")[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {model}, {memory:.0f} GiB, {platform.system()} {platform.release()}"


def show(figures: list[Figure]) -> None:
    """Print a table."""
    print(f"\n{machine()}\nload average {os.getloadavg()[0]:.1f}\n")  # noqa: T201 - the command's own output
    for one in figures:
        digits = 2 if one.limit and one.limit < 10 else 0
        ratio = f"{one.ratio:.2f} of {one.limit:,.{digits}f} ({one.limit_is})" if one.ratio and one.limit else ""
        asks = f"of {one.asks} asks" if one.asks else ""
        print(  # noqa: T201
            f"{one.name:<64} {one.value:>10,.1f} {one.unit:<9} floor {one.floor:>7,.0f} goal {one.goal:>7,.0f}: "
            f"{'MISSED' if one.missed else one.reaches:<6} {asks:<12} {ratio}"
        )


def keep(figures: list[Figure], took_s: Mapping[str, float]) -> Path:
    """Write build/bench.json, with how long each stage took."""
    BUILD.mkdir(exist_ok=True)
    file = BUILD / "bench.json"
    content = {
        "machine": machine(),
        "load": os.getloadavg()[0],
        "stages_s": dict(took_s),
        "figures": [asdict(one) | {"ratio": one.ratio, "reaches": one.reaches} for one in figures],
    }
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return file
