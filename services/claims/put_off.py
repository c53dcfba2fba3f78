"""Whose turn failed is tried again, each time twice as late: it neither fills the log nor takes the turn of others.

Kept in the memory of the process: after a start everything is tried once more, and so is what a person has mended.
"""

from dataclasses import dataclass, field
from uuid import UUID

from prometheus_client import Gauge

PUT_OFF = Gauge("payung_claims_put_off", "Claims or people whose turn failed, and is tried again later", ["work"])
FIRST_S, LONGEST_S = 2.0, 3_600.0
PUT_OFF_MAX = 10_000
"""Beyond it the longest known is forgotten, and tried again at once."""


@dataclass(slots=True)
class PutOff:
    """Whose turn failed at one kind of work: how often, and from when on it is tried again, in seconds of a clock."""

    work: str
    known: dict[UUID, tuple[int, float]] = field(default_factory=dict)

    def failed(self, whose: UUID, now: float) -> float:
        """Put it off, and tell for how many seconds."""
        times, _ = self.known.pop(whose, (0, now))
        seconds = min(FIRST_S * 2.0 ** min(times, 32), LONGEST_S)
        while len(self.known) >= PUT_OFF_MAX:
            self.known.pop(next(iter(self.known)))
        self.known[whose] = (times + 1, now + seconds)
        self._show()
        return seconds

    def succeeded(self, whose: UUID) -> None:
        """Forget that it failed before."""
        if self.known.pop(whose, None):
            self._show()

    def waiting(self, now: float) -> list[UUID]:
        """Name whose time has not come; who had their time long ago and was not seen again is forgotten."""
        self.known = {whose: told for whose, told in self.known.items() if now < told[1] + LONGEST_S}
        self._show()
        return [whose for whose, (_, until) in self.known.items() if now < until]

    def _show(self) -> None:
        PUT_OFF.labels(self.work).set(len(self.known))
