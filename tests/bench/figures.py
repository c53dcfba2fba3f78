"""A measured figure beside its limit, and how figures are printed and kept."""

import json
import os
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

BUILD = Path(__file__).resolve().parents[2] / "build"


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


def figure(
    name: str, runs: list[float], unit: str, *, limits: list[float], limit_is: str, floor: float, goal: float
) -> Figure:
    """Make a figure of its runs and of the limits measured between them."""
    return Figure(name, median(runs), unit, median(limits) if limits else None, limit_is, runs, floor, goal)


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
        print(  # noqa: T201
            f"{one.name:<44} {one.value:>10,.1f} {one.unit:<8} floor {one.floor:,.0f} goal {one.goal:,.0f}: "
            f"{one.reaches:<8} {ratio}"
        )


def keep(figures: list[Figure]) -> Path:
    """Write build/bench.json."""
    BUILD.mkdir(exist_ok=True)
    file = BUILD / "bench.json"
    content = {
        "machine": machine(),
        "load": os.getloadavg()[0],
        "figures": [asdict(one) | {"ratio": one.ratio, "reaches": one.reaches} for one in figures],
    }
    file.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return file
