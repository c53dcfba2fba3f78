"""A worker's cover in the plainest way: calendars on which days are marked and crossed out, one day at a time.

Written apart from the rules in services/enrollment/domain, which it is compared with: no periods, no cuts, no schedule.
Days run to HORIZON; cover that reaches it has no agreed end.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import combinations

FIRST, HORIZON = date(2025, 1, 1), date(2030, 1, 1)
PREPAID_MONTHS_MAX = 24
GRACE_MONTHS = 3


@dataclass(frozen=True)
class Payer:
    """A cohort, as far as days go."""

    number: int
    segment: str
    funding: str
    begins: date
    ends: date


@dataclass
class Card:
    """One membership: who pays each day, which days are suspended, and until when a run of payments may go on."""

    segment: str
    activity: str | None
    paid: dict[date, Payer] = field(default_factory=dict)
    payers: set[int] = field(default_factory=set)
    """By number; below zero, what was corrected to nothing."""
    suspended: set[date] = field(default_factory=set)
    grace: dict[date, date] = field(default_factory=dict)
    runs: dict[date, tuple[date, int]] = field(default_factory=dict)
    """By the day after its last: the first day of a run of whole months, and how many."""
    cuts: dict[int, date] = field(default_factory=dict)
    """By payer, where a termination took days away."""
    announced: set[date] = field(default_factory=set)
    voided: bool = False

    @property
    def end(self) -> date:
        return max(self.paid) + timedelta(days=1)

    @property
    def last_payer(self) -> Payer:
        return self.paid[max(self.paid)]


@dataclass
class Life:
    """Everything about one worker; each method changes nothing where a rule forbids the change."""

    cards: dict[int, Card] = field(default_factory=dict)
    died_on: date | None = None
    told: set[tuple[int, int, int, int]] = field(default_factory=set)

    def enroll(self, number: int, payer: Payer, since: date, activity: str | None, months: int | None) -> None:
        if self.died_on or self._taken(payer) or not payer.begins <= since < payer.ends:
            return
        until = payer.ends if months is None or payer.funding != "SELF" else months_later(since, months)
        if until > payer.ends:
            return
        self.cards[number] = card = Card(payer.segment, activity)
        self._mark(card, payer, since, until)

    def renew(self, payer: Payer) -> None:
        if self.died_on or self._taken(payer):
            return
        wanted = set(days(payer.begins, payer.ends))
        free = [
            n for n, c in self.cards.items() if c.segment == payer.segment and c.paid and not wanted & c.paid.keys()
        ]
        if free:
            of_same_funding = {n: self.cards[n].last_payer.funding == payer.funding for n in free}
            chosen = max(free, key=lambda n: (of_same_funding[n], self.cards[n].end, n))
            self._mark(self.cards[chosen], payer, payer.begins, payer.ends)

    def terminate(self, number: int, until: date) -> None:
        card = self.cards[number]
        death = self.died_on + timedelta(days=1) if self.died_on else HORIZON
        if card.paid and min(card.paid) < until < min(card.end, death):
            over = {payer.number for day, payer in card.paid.items() if day >= until}
            card.cuts = {number: min(cut, until) for number, cut in card.cuts.items()} | dict.fromkeys(over, until)
            card.paid = {day: payer for day, payer in card.paid.items() if day < until}
            card.grace = {end: min(grace_end, until) for end, grace_end in card.grace.items() if end <= until}
            card.announced.add(until)

    def correct(self, number: int, payer: Payer, since: date, until: date) -> None:
        card = self.cards[number]
        others = {day for day in card.paid if card.paid[day] != payer}
        pays_here = {payer.number, -payer.number} & card.payers
        if card.voided or not pays_here or until < since or others & set(days(since, until)):
            return
        for end in [end for end in card.grace if card.paid.get(end - timedelta(days=1)) == payer]:
            del card.grace[end]
        card.paid = {day: paying for day, paying in card.paid.items() if paying != payer}
        self._mark(card, payer, since, until)
        card.cuts.pop(payer.number, None)
        card.payers -= {payer.number, -payer.number}
        card.payers.add(payer.number if since < until else -payer.number)

    def void(self, number: int) -> None:
        self.cards[number] = Card(self.cards[number].segment, self.cards[number].activity, voided=True)

    def suspend(self, number: int, since: date, until: date) -> None:
        card, wanted = self.cards[number], set(days(since, until))
        if card.paid and min(card.paid) <= since < card.end and wanted and not wanted & card.suspended:
            card.suspended |= wanted

    def reinstate(self, number: int, since: date) -> None:
        self.cards[number].suspended = {day for day in self.cards[number].suspended if day < since}

    def pay(self, number: int, months: int, paid_on: date, today: date, begun: int, *, begins_anew: bool) -> None:
        card = self.cards[number]
        if not card.paid or paid_on > today:
            return
        end, payer = card.end, card.last_payer
        later = any(day >= end and paying == payer for c in self.cards.values() for day, paying in c.paid.items())
        if payer.funding != "SELF" or end == HORIZON or later or any(cut >= end for cut in card.cuts.values()):
            return
        by_heirs = self.died_on is not None and paid_on > self.died_on
        in_time = by_heirs or paid_on < card.grace[end]
        run_from, so_far = card.runs[end] if in_time else (paid_on, 0)
        until = months_later(run_from, so_far + months)
        if until > months_later(paid_on, PREPAID_MONTHS_MAX):
            return
        if self.died_on and by_heirs:
            last_month_begins = months_later(run_from, so_far + months - 1)
            if not end <= self.died_on < card.grace[end] or last_month_begins > self.died_on:
                return
        if not in_time and begins_anew:
            blocked = {day for day in card.suspended if day >= paid_on}
            card = self.cards[begun] = Card(card.segment, card.activity, suspended=blocked)
        self._mark(card, payer, end if in_time else paid_on, until, run=(run_from, so_far + months))

    def dies(self, day: date, today: date) -> None:
        if self.died_on is None and day <= today:
            self.died_on = day

    def lives(self) -> None:
        self.died_on = None
        self._look_for_double_funding()

    def status(self, number: int, day: date) -> str:
        card = self.cards[number]
        if not card.paid:
            return "nothing"
        if self.died_on and day > self.died_on:
            return "over"
        if day in card.paid:
            return "suspended" if day in card.suspended else "in_force"
        if day < min(card.paid):
            return "pending"
        end = max(paid for paid in card.paid if paid < day) + timedelta(days=1)
        return "grace" if day < card.grace.get(end, day) else "over"

    def places(self) -> set[int]:
        """In which cohorts the worker has a place; what was corrected to nothing takes none."""
        return {number for card in self.cards.values() for number in card.payers if number > 0}

    def _taken(self, payer: Payer) -> bool:
        return any({payer.number, -payer.number} & card.payers for card in self.cards.values())

    def _mark(self, card: Card, payer: Payer, since: date, until: date, run: tuple[date, int] | None = None) -> None:
        card.paid |= dict.fromkeys(days(since, until), payer)
        card.payers.add(payer.number)
        if payer.funding == "SELF" and since < until < HORIZON:
            run_from, months = run or whole(since, until)
            card.runs[until] = run_from, months
            card.grace[until] = months_later(run_from, months + GRACE_MONTHS)
        self._look_for_double_funding()

    def _look_for_double_funding(self) -> None:
        for one, other in combinations(sorted(self.cards), 2):
            mine, theirs = self.cards[one], self.cards[other]
            known = mine.activity and theirs.activity
            if mine.activity != theirs.activity if known else mine.segment != theirs.segment:
                continue
            for day in mine.paid.keys() & theirs.paid.keys():
                if not self.died_on or day <= self.died_on:
                    self.told.add((one, other, mine.paid[day].number, theirs.paid[day].number))


def days(since: date, until: date) -> list[date]:
    return [since + timedelta(days=n) for n in range((min(until, HORIZON) - since).days)]


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or the last day that this month has."""
    later = day
    for _ in range(months):
        later = (later.replace(day=1) + timedelta(days=32)).replace(day=1)
    for wanted in range(day.day, 0, -1):
        try:
            return later.replace(day=wanted) if months else day
        except ValueError:
            continue
    raise AssertionError(day)


def whole(since: date, until: date) -> tuple[date, int]:
    """Tell a run of whole months; of another one, that none goes before its end."""
    for months in range(1, 60):
        if months_later(since, months) == until:
            return since, months
    return until, 0
