"""Tables of documents, made of the figures of a run: how fast, in the README; each question, in docs/speed.md."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.figures import Figure, machine, written
from tests.bench.questions import EVERY, FILES

REPOSITORY = Path(__file__).resolve().parents[2]
README, SPEED = REPOSITORY / "README.md", REPOSITORY / "docs" / "speed.md"
VILLAGE = "a million people, by village"
LONG_AGO = "as known 10 to 60 days ago"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the README: how its figures are said, and how many of the first of them have their floor told."""

    what: str
    said: str
    names: Sequence[str]
    """Of figures, each the whole name or how it begins."""
    judged: int = 1

    def line(self, figures: Sequence[Figure]) -> str | None:
        """Write the row; None where this run did not measure all of it."""
        found = [next((one for one in figures if one.name.startswith(name)), None) for name in self.names]
        known = [one for one in found if one is not None]
        if len(known) < len(found):
            return None
        judged = known[: self.judged]
        floors = " / ".join(dict.fromkeys(one.told_floor for one in judged))
        return _line(self.what, self.said.format(*known), floors + missed(judged))


def missed(judged: Sequence[Figure]) -> str:
    """Say that a figure does not reach its floor."""
    return " (missed)" if any(one.missed for one in judged) else ""


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


DRAIN = "({0.ratio:.2f} of a plain drain)"
ROWS = (
    Row(
        "list of 100,000 workers (CSV) by the direct door to committed facts",
        "{0.told}, {1.told}",
        ("import of 100,000", "rows imported"),
    ),
    Row(
        "the same as XLSX: previewed, approved, paid, to committed facts of cover",
        "{0.told}, of it {1.told} to the preview; {2.told}",
        ("XLSX of 100,000 people, to committed", "XLSX of 100,000 people, previewed", "peak memory of a list"),
    ),
    Row(
        "mass expiry of 100,000 to committed facts, relay running",
        "{0.told}; {1.told}",
        ("mass expiry to committed facts", "peak memory of a mass expiry"),
    ),
    Row(
        "what that adds to the delay of other people's facts, p99",
        "{0.told}",
        ("delay that a mass expiry adds",),
    ),
    Row("ledger to Kafka", f"{{0.told}} {DRAIN}", ("ledger to Kafka",)),
    Row("Kafka to the read model, one process", f"{{0.told}} {DRAIN}", ("Kafka to the read model, 1",)),
    Row("the same, two processes", f"{{0.told}} {DRAIN}", ("Kafka to the read model, 2",)),
    Row(
        "a read model built anew beside the running one, two processes: reading the log",
        f"{{0.told}} {DRAIN}",
        ("rebuild in bulk mode",),
    ),
    Row("the same whole: reading, indexes, catching up, comparing", f"{{0.told}} {DRAIN}", ("rebuild, with",)),
    Row(
        "the switch to it; questions that failed meanwhile",
        "{0.told}; {1.told}",
        ("switch of a rebuilt projection", "failed reads"),
        2,
    ),
    Row(
        "commit to visible, 500 commands/s being tried",
        "p50 {0.told}, p99 {1.told}, at {2.told}",
        ("commit to visible, p50", "commit to visible, p99", "commands meanwhile"),
        3,
    ),
    Row(
        "claims decided and committed",
        "{0.told} ({0.ratio:.2f} of the same rows and facts, undecided)",
        ("claims decided and committed",),
    ),
    Row(
        "eligibility of one among a million workers, p99",
        "{0.told}; by HTTP {1.told}",
        ("eligibility among a million, p99", "eligibility by HTTP, p99"),
    ),
    Row(
        "a million people by village, p50 / p99: as known now",
        "{0.told} / {1.told} ({0.ratio:.2f} / {1.ratio:.2f} of a plain count)",
        (f"{VILLAGE}, now, p50", f"{VILLAGE}, now, p99"),
        2,
    ),
    Row(
        "the same as known 10 to 60 days ago",
        "{0.told} / {1.told} ({0.ratio:.2f} / {1.ratio:.2f} of a plain count)",
        (f"{VILLAGE}, {LONG_AGO}, p50", f"{VILLAGE}, {LONG_AGO}, p99"),
        2,
    ),
    Row(
        "the same with a busy day not rolled up yet",
        "{0.told} / {1.told}",
        (f"{VILLAGE}, one day not rolled up, p50", f"{VILLAGE}, one day not rolled up, p99"),
        2,
    ),
    Row(
        "the same with nothing rolled up, as after a rebuild, for as long as rolling up takes",
        "{0.told} / {1.told}; {2.told}",
        (f"{VILLAGE}, nothing rolled up yet, p50", f"{VILLAGE}, nothing rolled up yet, p99", "rolled up"),
        2,
    ),
    Row(
        "the same over HTTP",
        "{0.told} / {1.told}",
        ("a million people, by village over HTTP, p50", "a million people, by village over HTTP, p99"),
        2,
    ),
    Row(
        "the overview page",
        "{0.told} / {1.told}",
        ("a million people, overview page, p50", "a million people, overview page, p99"),
        2,
    ),
)


ABOUT_SPEED = """# How long each question takes

`python -m tests.bench --write reporting` writes this page. A million people, a quarter: a third pays for itself every
month, a third is paid for by the government in 57 cohorts, a third works for 5,040 employers; 20,000 claims. Measured
on {machine}, load average {load:.1f}.

Each question is asked once for nothing, then as often as fits a second (by village, pages and SQL: 5), at least five
and at most a hundred times, in turn as known now, at a time today, and 10 to 60 days ago. Where it was asked less than
a hundred times, p99 is the longest. The last columns: how many times that is what a plain `count(*)` by village of as
many timelines takes (here {plain}; it knows no other time than now), and the floor for p99.

| question | p50 | p99 | asked | p50 / p99 to a plain count | floor |
|---|---|---|---|---|---|"""


def table(figures: Sequence[Figure]) -> list[str]:
    """Write the rows that this run measured, as the README has them."""
    lines = [line for row in ROWS if (line := row.line(figures)) is not None]
    return [*lines, *([line] if (line := _questions(figures)) is not None else [])]


def write(figures: Sequence[Figure]) -> None:
    """Put what was measured into the README, where a row of the same words stands, and write docs/speed.md."""
    made = {line.split(" | ")[0]: line for line in table(figures)}
    lines = README.read_text(encoding="utf-8").splitlines()
    there = {line.split(" | ")[0] for line in lines}
    if gone := made.keys() - there:
        raise SystemExit(f"README.md has no such rows: {sorted(gone)}")
    README.write_text("\n".join(made.get(line.split(" | ")[0], line) for line in lines) + "\n", encoding="utf-8")
    if pairs := _pairs(figures):
        SPEED.write_text(_speed(pairs), encoding="utf-8")


def _pairs(figures: Sequence[Figure]) -> Mapping[str, tuple[Figure, Figure]]:
    """Give p50 and p99 of whatever was asked of a million people, by its name."""
    named = {one.name: one for one in figures if one.name.startswith("a million people, ")}
    return {
        name.removeprefix("a million people, ").removesuffix(", p50"): (one, named[name.removesuffix("50") + "99"])
        for name, one in named.items()
        if name.endswith(", p50")
    }


def _questions(figures: Sequence[Figure]) -> str | None:
    asked = {what: pair for what, pair in _pairs(figures).items() if what in EVERY and what not in FILES}
    if not asked:
        return None
    slow = [what for what, (_, p99) in asked.items() if p99.missed]
    slowest = max(asked, key=lambda what: asked[what][1].value)
    p50, p99 = asked[slowest]
    within = f"{len(asked) - len(slow)} of {len(asked)} within {p99.told_floor}; slowest: {slowest}"
    return _line(
        "[every other question](docs/speed.md), p99",
        f"{within}, {p50.told} / {p99.told}",
        p99.told_floor + missed([one for _, one in asked.values()]),
    )


def _speed(pairs: Mapping[str, tuple[Figure, Figure]]) -> str:
    """Write the page about each question."""
    limit = next(iter(pairs.values()))[0].limit
    rows = [
        _line(
            what,
            p50.told,
            p99.told,
            str(p50.asks),
            f"{p50.ratio or 0:.2f} / {p99.ratio or 0:.2f}",
            p99.told_floor + missed([p99]),
        )
        for what, (p50, p99) in pairs.items()
    ]
    plain = written(limit or 0, "ms")
    return "\n".join([ABOUT_SPEED.format(machine=machine(), load=os.getloadavg()[0], plain=plain), *rows, ""])
