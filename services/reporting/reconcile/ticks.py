"""Compare what the read model believes to be complete with what the sources said."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from payung_contracts.platform import Tick
from payung_contracts.topics import TICKS

from services.chassis.plain_log import covered
from services.reporting.reconcile.folded import TOPICS, Folded
from services.reporting.reconcile.store import ReadModel


def compare_ticks(folded: Folded, model: ReadModel, on_log: Sequence[tuple[int, Tick]]) -> None:
    """Hold the ticks that the reader keeps, and the watermark made of them, against those on the log.

    Kafka keeps the newest tick of each source only, so one that the log lacks is right if a later one is there.
    """
    logged = {(tick.source, *_age(tick)): tick for _, tick in on_log}
    last: dict[str, tuple[int, int]] = {}
    for _, tick in on_log:
        last[tick.source] = max(_age(tick), last.get(tick.source, (0, 0)))
    for kept in model.ticks:
        found = logged.get((kept.source, *_age(kept)))
        if found is None and _age(kept) < last.get(kept.source, (0, 0)):
            continue
        told, said = _said(kept), _said(found) if found else None
        if told != said:
            folded.differs("watermark", {"source": kept.source, "epoch": kept.epoch, "tick": kept.number}, told, said)
    seen = model.offsets.get((TICKS.name, 0), 0)
    newest = newest_covered(model.ticks, model.offsets)
    for source, tick in newest_covered((tick for offset, tick in on_log if offset < seen), model.offsets).items():
        if source not in newest or _age(newest[source]) < _age(tick):
            known = _said(newest[source]) if source in newest else None
            folded.differs("watermark", {"source": source}, known, _said(tick))


def newest_covered(ticks: Iterable[Tick], offsets: Mapping[tuple[str, int], int]) -> dict[str, Tick]:
    """Give the newest tick of each source whose facts have all been applied."""
    found: dict[str, Tick] = {}
    for tick in ticks:
        if covered(tick, offsets, [topic.name for topic in TOPICS]) and (
            tick.source not in found or _age(found[tick.source]) < _age(tick)
        ):
            found[tick.source] = tick
    return found


def _age(tick: Tick) -> tuple[int, int]:
    return tick.epoch, tick.number


def _said(tick: Tick) -> dict[str, Any]:
    """Write what the read model keeps of a tick."""
    return {
        "epoch": tick.epoch,
        "tick": tick.number,
        "snapshot": tick.snapshot,
        "clock": tick.clock,
        "complete_until": tick.complete_until,
        "offsets": {topic: list(ends) for topic, ends in tick.offsets.items()},
    }
