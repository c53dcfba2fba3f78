"""Any order, repetition, lateness and correction of facts: every question has the answer of a plain count of them."""

from collections import defaultdict
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from payung_contracts.fact import Fact
from payung_contracts.topics import CLAIM, COHORT, COVERAGE, Topic

from services.chassis import letters
from services.chassis.postgres import Pool
from services.reporting import change_queries, rollup
from services.reporting.answers import snapshot
from tests.integration.reporting.conftest import NOON, Log, Record, read
from tests.integration.reporting.everything_asked import EVERYWHERE, PAID, asked
from tests.unit.reporting import cover_model
from tests.unit.reporting.calendar_model import HORIZON
from tests.unit.reporting.cover_model import Days
from tests.unit.reporting.every_answer_model import Known, Streams, When, of_money, wanted
from tests.unit.reporting.world_cases import CASES, Chapter, chapters, own, riffled

TOPICS = {topic.name: topic for topic in (COVERAGE, CLAIM, COHORT)}
ASKED = 3
"""How often all is asked after each chapter."""


def told_stories() -> list[Chapter]:
    """Generate what happens, the same at each run."""
    found: list[Chapter] = []

    @settings(max_examples=CASES, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(chapters)
    def collect(chapter: Chapter) -> None:
        found.append(chapter)

    collect()
    return found


class World:
    """What services told, in the order of recorded time, and what of it has arrived."""

    def __init__(self) -> None:
        self.told, self.log = Log(now=NOON), Log()
        self.workers: list[UUID] = []
        self.lives: dict[tuple[UUID, int], Days] = {}
        self.streams: dict[tuple[str, UUID], list[tuple[datetime, Fact]]] = defaultdict(list)
        self.waiting: dict[tuple[str, UUID], list[tuple[int, Record]]] = {}
        self.arrived: dict[tuple[str, UUID], set[int]] = defaultdict(set)

    def tell(self, chapter: Chapter) -> None:
        """Let the services record a chapter in three days; a worker may be one of before, so that old facts change."""
        chance, new = chapter.chance, dict[tuple[str, UUID], list[Fact]]()
        for worker in chapter.workers:
            number, other = len(self.workers) + 1, chance.choice([UUID(int=1), *self.workers])
            key = chance.choice([UUID(int=number), UUID(int=number), other])
            self.workers.append(key)
            cover = [own(fact, number, other) for fact in riffled(chance, worker.cover, worker.beside)]
            new.setdefault((COVERAGE.name, key), []).extend(cover)
            new.setdefault((CLAIM.name, key), []).extend(own(fact, number, other) for fact in worker.claims)
        for cohort_id, fact in chapter.cohorts:
            new.setdefault((COHORT.name, cohort_id), []).append(fact)
        for fact in chapter.file:
            new[CLAIM.name, UUID(int=chance.getrandbits(100))] = [fact]
        begin = self.told.now
        minutes = {key: sorted(chance.randrange(3 * 24 * 60) for _ in facts) for key, facts in new.items()}
        timed = [
            (minute, key, fact) for key, facts in new.items() for minute, fact in zip(minutes[key], facts, strict=True)
        ]
        for minute, (topic, key), fact in sorted(timed, key=lambda one: one[0]):
            last = [at + timedelta(microseconds=1) for at, _ in self.streams[topic, key][-1:]]
            self.told.now = max(begin + timedelta(minutes=minute), *last, begin)
            at = self.told.publish_raw(TOPICS[topic], key, fact.type, fact.to_json().encode(), seconds_later=0)
            self.streams[topic, key].append((at, fact))
            sequence = self.told.sequences[topic, key]
            self.waiting.setdefault((topic, key), []).append((sequence, self.told.records[-1]))
        self.told.now = begin + timedelta(days=3)

    def bring(self, chance: Random, *, leave: int) -> None:
        """Let facts arrive in any order of keys, some again, and some before an earlier one of their key."""
        while sum(map(len, self.waiting.values())) > leave:
            key = chance.choice(list(self.waiting))
            place = int(len(self.waiting[key]) > 1 and chance.random() < 0.05)
            sequence, record = self.waiting[key].pop(place)
            if not self.waiting[key]:
                del self.waiting[key]
            self.log.repeat(record)
            self.arrived[key].add(sequence)
            if chance.random() < 0.1:
                self.log.repeat(chance.choice(self.log.records))

    def known(self, at: datetime | None) -> Known:
        """Give what had been recorded by a time, as far as it arrived; what waits for an earlier one is withheld."""

        cover, of_claims, cohorts = (self._so_far(topic, at) for topic in (COVERAGE, CLAIM, COHORT))
        lives = {key: self._life(key, [fact for _, fact in told]) for key, told in cover.items()}
        return Known(lives, cover, of_claims, cohorts)

    def some_time(self, chance: Random) -> datetime:
        """Give a time at which something was recorded, of each kind alike."""
        kind = chance.choice(sorted({of for of, _ in self.streams}))
        return chance.choice([at for (of, _), facts in self.streams.items() if of == kind for at, _ in facts])

    def _so_far(self, topic: Topic, at: datetime | None) -> Streams:
        found: Streams = {}
        for (of, key), facts in self.streams.items():
            if of == topic.name:
                arrived = self.arrived[of, key]
                whole = next(number for number in range(len(facts) + 1) if number + 1 not in arrived)
                found[key] = [one for one in facts[:whole] if at is None or one[0] <= at]
        return found

    def _life(self, key: UUID, facts: list[Fact]) -> Days:
        """Give the life of a worker; the same facts make the same one, and need not be gone through again."""
        if (key, len(facts)) not in self.lives:
            self.lives[key, len(facts)] = Days((fact.type, fact.model_dump(mode="json")) for fact in facts)
        return self.lives[key, len(facts)]


async def test_every_question_equals_a_plain_count_in_both_times_whatever_comes_when(pool: Pool) -> None:
    """All chapters one after the other in one world, so that runs are rolled up, and late facts fall into them."""
    world = World()
    stories = told_stories()
    for number, chapter in enumerate(stories):
        chance = chapter.chance
        world.tell(chapter)
        last = number == len(stories) - 1
        world.bring(chance, leave=0 if last else chance.randrange(120))
        await read(pool, world.log, at_most=chance.choice([3, 40, 1_000]))
        for _ in range(chance.randrange(3)):
            await roll(pool, world, chance)
        for turn in range(ASKED):
            at = world.some_time(chance)
            when = When(chance.randint(0, HORIZON), chance.randint(1, HORIZON), None if turn == 0 else at)
            async with snapshot(pool) as tx:
                found = await asked(tx, when)
            for question, answer in wanted(world.known(when.known_at), when).items():
                unlike = differing(found[question], answer)
                assert not unlike, f"{question}, chapter {number}, {when}: found and wanted {unlike}"
            if turn == 1:
                await why_it_changed(pool, world, when, at)
    assert await letters.keys_waiting(pool) == 0
    assert await pool.fetchval("select count(distinct known_until) from rolled_balance") > 2


async def why_it_changed(pool: Pool, world: World, when: When, since: datetime) -> None:
    """See that what was learned since a time adds up to the difference of the figures."""
    async with snapshot(pool) as tx:
        rows, total = await change_queries.protected(tx, when.as_of, since, None, EVERYWHERE)
        paid, of_paid = await change_queries.claims_paid(tx, when.from_, when.until, since, None, None)
    before, after = world.known(since), world.known(None)
    people = [cover_model.protected(known.lives.values(), when.on).total() for known in (before, after)]
    rupiah = [of_money(known, when)["claims paid"]["total"][PAID.index("amount_idr")] for known in (before, after)]
    assert [[found[at] for at in ("before", "after")] for found in (total, of_paid)] == [people, rupiah]
    assert sum(row["people"] for row in rows) == total["change"]
    assert sum(row["amount_idr"] for row in paid) == of_paid["change"]


def differing(found: Any, answer: Any) -> dict[Any, Any]:
    """Give what was found beside what was wanted, of those parts in which they differ."""
    if not isinstance(answer, dict):
        return {} if found == answer else {"all": (found, answer)}
    parts = {part: (found.get(part), answer.get(part)) for part in found.keys() | answer.keys()}
    return {part: both for part, both in parts.items() if both[0] != both[1]}


async def roll(pool: Pool, world: World, chance: Random) -> None:
    """Claim runs of what was recorded until some time, add some of them up, move what came late."""
    await rollup.claim(pool, world.told.now - timedelta(hours=chance.randrange(200)), run_rows=50)
    for _ in range(chance.choice([1, 4, 1_000])):
        if not await rollup.roll_next(pool):
            break
    if chance.random() < 0.5:
        await rollup.move_late(pool)
