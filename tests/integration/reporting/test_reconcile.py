"""Reconcile finds nothing where the reader did its work, and names whatever is changed in the read model or the log."""

import asyncio
import os
import random
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

import orjson
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient
from payung_contracts.claims import ClaimDecided, ClaimPaid, ClaimReported, PaymentRecorded
from payung_contracts.enrollment import (
    CardHandedOver,
    CardIssued,
    CohortApproved,
    CohortClosed,
    CohortHandedOver,
    CohortOpened,
    CohortProposed,
    CoverageCorrected,
    CoverageInactivated,
    CoverageReinstated,
    CoverageRenewed,
    CoverageStarted,
    CoverageSuspended,
    CoverageTerminated,
    CoverageVoided,
    Decree,
    DoubleFundingDecided,
    DoubleFundingFound,
    Held,
    HeldPeriod,
    LegalBasis,
    PlacesReallocated,
    Suspension,
    VillagePlaces,
    WorkerDeathReversed,
    WorkerDeceased,
    WorkerErased,
    WorkerMergedInto,
    WorkerProposed,
    WorkerRefused,
    WorkerRegistered,
    WorkerRelocated,
    WorkersMerged,
    WorkersUnmerged,
    WorkerVerified,
    WorkerWaitlisted,
)
from payung_contracts.envelope import Envelope, to_headers
from payung_contracts.fact import Fact
from payung_contracts.platform import Tick
from payung_contracts.topics import CLAIM, COHORT, COVERAGE, TICKS, TOPICS, Topic

from services.chassis import parked, topics
from services.chassis.postgres import Pool, open_pool, transaction
from services.chassis.reader import Reader, broker_for
from services.chassis.watermark import withheld
from services.reporting import rollup
from services.reporting.projections import PROJECTION, READER
from services.reporting.reconcile import reconcile
from services.reporting.reconcile.report import Difference, Report
from tests import servers
from tests.unit.reporting.claim_cases import everything
from tests.world import until

NOON = datetime(2026, 1, 1, 4, tzinfo=UTC)
WAIT_S_MAX = 60.0
NAMES = UUID(int=77)
WAYAN, MADE, KETUT, LUH, PUTU, NYOMAN = (UUID(int=number) for number in (1, 2, 3, 4, 5, 6))
ANNUAL, HARVEST, FISHERS = UUID(int=11), UUID(int=12), UUID(int=13)
FINDING = UUID(int=51)
CONTESTED = UUID(int=32)
SUKAWATI, UBUD = "51.04.01.2001", "51.04.05.1001"
ENDED: dict[str, Any] = {"coverage_id": UUID(int=21), "covered_until": date(2026, 3, 1), "reason": "moved"}


@dataclass(slots=True)
class Log:
    """What the sources publish, one fact a second."""

    producer: AIOKafkaProducer
    kafka: str
    now: datetime = NOON
    ends: dict[tuple[str, int], int] = field(default_factory=lambda: defaultdict(int))
    sequences: dict[tuple[str, UUID], int] = field(default_factory=lambda: defaultdict(int))
    ticks: int = 0

    async def publish(self, topic: Topic, key: UUID, *facts: Fact) -> datetime:
        for fact in facts:
            self.now += timedelta(seconds=1)
            await self.send(topic, key, fact.type, fact.to_json().encode())
        return self.now

    async def send(
        self,
        topic: Topic,
        key: UUID,
        type_: str,
        data: bytes,
        *,
        sequence: int | None = None,
        event: str = "",
        partition: int | None = None,
    ) -> None:
        """Send one record; its event id follows from its number unless another name is given."""
        if sequence is None:
            self.sequences[topic.name, key] += 1
            sequence = self.sequences[topic.name, key]
        envelope = Envelope(
            id=uuid5(NAMES, f"{topic.name}/{key}/{sequence}{event}"),
            source=topic.source,
            type=type_,
            subject=key,
            time=self.now,
            recordedtime=self.now,
            sequence=sequence,
            correlationid=NAMES,
            actor="tester",
        )
        sent = await self.producer.send_and_wait(
            topic.name, data, key=str(key).encode(), headers=to_headers(envelope), partition=partition
        )
        assert sent.offset == self.ends[sent.topic, sent.partition], "an acknowledged record is gone"
        self.ends[sent.topic, sent.partition] = sent.offset + 1

    async def tick(self, source: str) -> None:
        """Let a source state that all it recorded until now is on the log."""
        self.ticks += 1
        of_source = [topic for topic in (COVERAGE, COHORT, CLAIM) if topic.source == source]
        tick = Tick(
            source=source,
            epoch=1,
            number=self.ticks,
            snapshot="10:10:",
            clock=self.now,
            complete_until=self.now,
            offsets={t.name: tuple(self.ends[t.name, part] for part in range(t.partitions)) for t in of_source},
            count=0,
            checksum="0" * 32,
        )
        sent = await self.producer.send_and_wait(TICKS.name, tick.to_json().encode(), key=source.encode())
        self.ends[TICKS.name, 0] = sent.offset + 1

    def event(self, topic: Topic, key: UUID, sequence: int) -> UUID:
        return uuid5(NAMES, f"{topic.name}/{key}/{sequence}")


@pytest_asyncio.fixture
async def log(kafka: servers.Kafka) -> AsyncIterator[Log]:
    """The topics of the contracts, empty; and empty again afterwards, for whoever comes next."""
    await _empty_topics(kafka)
    async with AIOKafkaProducer(bootstrap_servers=kafka.address, acks="all") as producer:
        yield Log(producer, kafka.address)
    await _empty_topics(kafka)


async def _empty_topics(kafka: servers.Kafka) -> None:
    """Delete and create the topics.

    The broker says that a topic is gone while its partitions still take records and acknowledge them; those are lost
    with the partitions. So the folders of the old ones must be gone before there are new ones.
    """
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.address)
    await admin.start()
    try:
        names = {topic.name for topic in TOPICS} & set(await admin.list_topics())
        if names:
            await admin.delete_topics(sorted(names))
    finally:
        await admin.close()
    old = {f"{topic.name}-{part}" for topic in TOPICS for part in range(topic.partitions)}

    async def gone() -> bool:
        return old.isdisjoint({path.name for path in (kafka.data / "records").iterdir()})

    await until(gone, "the old topics are gone", WAIT_S_MAX)
    await topics.ensure(kafka.address, TOPICS)


async def read(pool: Pool, log: Log) -> None:
    """Run the real reader until it has applied the whole log."""
    broker = broker_for(log.kafka, "tests")
    reader = Reader(broker, PROJECTION)
    await broker.start()
    task = asyncio.create_task(reader.run(pool))
    try:
        await until(lambda: _applied(pool, log), "the whole log is applied", WAIT_S_MAX)
    finally:
        reader.stopping.set()
        await asyncio.wait_for(task, WAIT_S_MAX)
        await broker.stop()


async def _applied(pool: Pool, log: Log) -> bool:
    rows = await pool.fetch("select topic, part, next_offset from reader_offset where reader = $1", READER)
    at = {(row["topic"], row["part"]): row["next_offset"] for row in rows}
    return all(at.get(place, 0) >= end for place, end in log.ends.items())


async def compare(dsn: str, log: Log) -> Report:
    return await reconcile(dsn, log.kafka, lambda _read, _whole: None)


def paid(
    from_: str, until: str | None, number: int, *, cohort: UUID = ANNUAL, village: str = SUKAWATI, segment: Any = "BPU"
) -> dict[str, Any]:
    return {
        "coverage_id": UUID(int=number),
        "cohort_id": cohort,
        "segment": segment,
        "funding": "APBD",
        "village_code": village,
        "programmes": ("JKK", "JKM"),
        "covered_from": date.fromisoformat(from_),
        "covered_until": None if until is None else date.fromisoformat(until),
    }


def cohort(name: str) -> CohortApproved:
    return CohortApproved(
        name=name,
        year=2026,
        segment="BPU",
        funding="APBD",
        programmes=("JKK", "JKM"),
        legal_bases=(LegalBasis(title="Perbup 55/2018"), LegalBasis(title="SK Bupati", placeholder=True)),
        covered_from=date(2026, 1, 1),
        covered_until=date(2027, 1, 1),
        months=12,
        places=10,
        person_months=120,
        budget_idr=120 * 16_800,
    )


async def publish_a_story(log: Log) -> None:
    """Four workers: one renewed, one twice a member and terminated, one dead by mistake, one dead and paid for."""
    await log.publish(COHORT, ANNUAL, cohort("Pekerja rentan"))
    await log.publish(COHORT, HARVEST, cohort("Petani"))
    for worker in (WAYAN, MADE, KETUT, LUH):
        await log.publish(COVERAGE, worker, WorkerRegistered(village_code=SUKAWATI))
    await log.publish(
        COVERAGE,
        WAYAN,
        CoverageStarted(**paid("2026-01-01", "2026-07-01", 21)),
        CoverageRenewed(**paid("2026-07-01", "2026-12-01", 21, cohort=HARVEST)),
        CardHandedOver(
            coverage_id=UUID(int=21), village_code=SUKAWATI, handed_on=date(2026, 1, 20), received_by="worker"
        ),
    )
    await log.publish(
        COVERAGE,
        MADE,
        CoverageStarted(**paid("2026-01-01", None, 22)),
        CoverageStarted(**paid("2026-02-01", None, 23, cohort=HARVEST, village=UBUD, segment="PU")),
        CoverageTerminated(coverage_id=UUID(int=23), covered_until=date(2026, 4, 1), reason="withdrawn"),
        CoverageCorrected(**paid("2026-03-01", None, 22)),
    )
    await log.publish(
        COVERAGE,
        KETUT,
        CoverageStarted(**paid("2026-01-01", "2026-07-01", 24, village=UBUD)),
        WorkerDeceased(died_on=date(2026, 3, 3)),
        CoverageTerminated(coverage_id=UUID(int=24), covered_until=date(2026, 3, 4), reason="deceased"),
        WorkerDeathReversed(),
    )
    await log.publish(
        COVERAGE,
        LUH,
        CoverageStarted(**paid("2026-01-01", None, 25)),
        WorkerDeceased(died_on=date(2026, 5, 5), claim_id=UUID(int=31)),
    )
    await log.publish(
        CLAIM,
        LUH,
        ClaimReported(
            claim_id=UUID(int=31), programme="JKM", incident_on=date(2026, 5, 5), reported_on=date(2026, 5, 6)
        ),
        ClaimDecided(
            claim_id=UUID(int=31),
            programme="JKM",
            outcome="approved",
            incident_on=date(2026, 5, 5),
            decided_on=date(2026, 5, 8),
            components=(),
            amount_idr=42_000_000,
            reasons=(),
            rule_version="2025-01",
            coverage_sequence=3,
            memberships=(),
            segment="BPU",
            funding="APBD",
            cohort_id=ANNUAL,
            village_code=SUKAWATI,
        ),
        ClaimPaid(
            claim_id=UUID(int=31),
            order_id=UUID(int=41),
            programme="JKM",
            paid_on=date(2026, 5, 9),
            amount_idr=42_000_000,
            segment="BPU",
            funding="APBD",
            cohort_id=ANNUAL,
            village_code=SUKAWATI,
        ),
    )
    elsewhere = PaymentRecorded(
        reference="2026/1",
        programme="JHT",
        segment="PU",
        paid_on=date(2026, 5, 9),
        cases=3,
        amount_idr=30_000_000,
        area_code="51.04",
    )
    await log.publish(CLAIM, uuid5(NAMES, elsewhere.reference), elsewhere)
    await publish_a_story_of_a_cohort(log)
    await log.publish(CLAIM, MADE, *everything(CONTESTED, UUID(int=42), date(2026, 3, 31)))
    await log.tick(COVERAGE.source)
    await log.tick(CLAIM.source)


async def publish_a_story_of_a_cohort(log: Log) -> None:
    """A cohort from proposal to its end; one worker of it turns out to be another one, who was refused."""
    terms = dict(cohort("Nelayan")) | {"owner_office": "Dinas Perikanan"}
    terms |= {"decree": Decree(number="1/2026", signed_on=date(2026, 1, 2))}
    terms |= {"village_places": (VillagePlaces(village_code=UBUD, places=4),)}
    await log.publish(
        COHORT,
        FISHERS,
        CohortProposed(**terms),
        CohortApproved(**terms),
        CohortOpened(opened_on=date(2026, 1, 3)),
        PlacesReallocated(from_village=UBUD, to_village=None, places=2),
        CohortHandedOver(owner_office="Dinas Tenaga Kerja"),
        CohortClosed(closed_on=date(2026, 2, 1)),
    )
    told = {"cohort_id": FISHERS, "village_code": UBUD}
    period = paid("2026-02-01", "2026-08-01", 26, cohort=FISHERS, village=UBUD)
    other = paid("2026-03-01", "2026-09-01", 27, cohort=HARVEST)
    moving = HeldPeriod(**{name: value for name, value in other.items() if name != "coverage_id"})
    suspension = Suspension(suspended_from=date(2026, 4, 1), suspended_until=date(2026, 5, 1))
    await log.publish(
        COVERAGE,
        NYOMAN,
        WorkerProposed(**told, proposed_on=date(2026, 1, 4)),
        WorkerRefused(**told, refused_on=date(2026, 1, 5), failed="unique", reason="in_register"),
        CoverageStarted(**other),
        WorkerMergedInto(survivor_id=PUTU),
    )
    await log.publish(
        COVERAGE,
        PUTU,
        WorkerProposed(**told, proposed_on=date(2026, 1, 4)),
        WorkerVerified(**told, verified_on=date(2026, 1, 5), passed=("unique", "eligible")),
        WorkerWaitlisted(**told, waits_since=date(2026, 1, 6)),
        WorkerRegistered(village_code=UBUD),
        CoverageStarted(**period, grace_until=date(2026, 11, 1)),
        CoverageSuspended(coverage_id=UUID(int=26), suspended_from=date(2026, 3, 1), reason="under_review"),
        CoverageReinstated(coverage_id=UUID(int=26), reinstated_from=date(2026, 3, 15)),
        WorkerRelocated(village_code=SUKAWATI, moved_on=date(2026, 6, 1)),
        CardIssued(coverage_id=UUID(int=26), village_code=UBUD, issued_on=date(2026, 2, 3)),
        DoubleFundingFound(
            finding_id=FINDING,
            coverage_ids=(UUID(int=26), UUID(int=27)),
            cohort_ids=(FISHERS, HARVEST),
            activity="fishing",
            overlaps_from=date(2026, 3, 1),
            overlaps_until=date(2026, 8, 1),
            person_months=5,
            village_code=UBUD,
        ),
        DoubleFundingDecided(finding_id=FINDING, outcome="duplicate"),
        WorkersMerged(
            merged_worker_id=NYOMAN,
            coverages=(Held(coverage_id=UUID(int=27), periods=(moving,), suspensions=(suspension,)),),
        ),
    )


def random_life(chance: random.Random, worker: int) -> list[Fact]:
    """Facts of a worker as a careless source might order them."""
    facts: list[Fact] = [WorkerRegistered(village_code=SUKAWATI)]
    for _ in range(chance.randrange(12)):
        begins = date(2026, 1, 1) + timedelta(days=chance.randrange(300))
        until = chance.choice([None, begins + timedelta(days=chance.randrange(100))])
        number = 1_000 * worker + chance.randrange(2)
        period = paid(
            str(begins),
            str(until) if until else None,
            number,
            cohort=chance.choice([ANNUAL, HARVEST]),
            village=chance.choice([SUKAWATI, UBUD]),
            segment=chance.choice(["BPU", "PU", "JAKON", "NON_ASN"]),
        )
        facts.append(
            chance.choice(
                [
                    CoverageStarted(**period),
                    CoverageRenewed(**period),
                    CoverageCorrected(**period),
                    CoverageTerminated(
                        coverage_id=UUID(int=number), covered_until=begins, reason=chance.choice(["moved", "deceased"])
                    ),
                    WorkerDeceased(died_on=begins),
                    WorkerDeathReversed(),
                    CoverageStarted(**period, grace_until=begins + timedelta(days=chance.randrange(200))),
                    CoverageInactivated(
                        coverage_id=UUID(int=number), cohort_id=ANNUAL, covered_until=begins, inactive_from=begins
                    ),
                    CoverageSuspended(coverage_id=UUID(int=number), suspended_from=begins, reason="under_review"),
                    CoverageReinstated(coverage_id=UUID(int=number), reinstated_from=begins),
                    CoverageVoided(coverage_id=UUID(int=number), reason="entered_twice"),
                    WorkerRelocated(village_code=chance.choice([SUKAWATI, UBUD]), moved_on=begins),
                    WorkerMergedInto(survivor_id=WAYAN),
                    WorkersUnmerged(other_worker_id=WAYAN, left=(UUID(int=number),)),
                    WorkerErased(erased_on=begins),
                    *proposal(chance, begins),
                ]
            )
        )
    return facts


def proposal(chance: random.Random, on: date) -> list[Fact]:
    """Steps towards cover, of which one is taken."""
    told = {"cohort_id": chance.choice([ANNUAL, HARVEST]), "village_code": chance.choice([SUKAWATI, UBUD])}
    return [
        WorkerProposed(**told, proposed_on=on),
        WorkerVerified(**told, verified_on=on, passed=("unique",)),
        WorkerRefused(**told, refused_on=on, failed="eligible", reason="too_old"),
        WorkerWaitlisted(**told, waits_since=on),
    ]


def named(differences: Sequence[Difference]) -> list[str]:
    """Say kind and place of each difference in one line; ids of events and workers beyond the table left out."""
    return [
        f"{one.kind} " + " ".join(f"{k}={v}" for k, v in one.where.items() if k not in {"workers_in_all", "event_id"})
        for one in differences
    ]


async def test_finds_nothing_where_all_was_applied(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    report = await compare(dsn, log)
    assert report.differences == []
    assert (report.facts, report.people, report.withheld) == (sum(log.sequences.values()), 6, [])
    assert {source: mark["complete_until"] for source, mark in report.watermarks.items()} == dict.fromkeys(
        ("enrollment", "claims"), log.now
    )


async def test_finds_nothing_in_the_lives_of_many(dsn: str, pool: Pool, log: Log) -> None:
    chance = random.Random(20260101)
    for worker in range(1, 150):
        await log.publish(COVERAGE, uuid5(NAMES, str(worker)), *random_life(chance, worker))
    await read(pool, log)
    report = await compare(dsn, log)
    assert report.differences == []
    assert report.people == 149


@dataclass(frozen=True, slots=True)
class Harm:
    """A change of the read model behind the reader's back, and all that must be named because of it."""

    statements: tuple[str, ...]
    named: frozenset[str]


def harm(statements: str, *named: str) -> Harm:
    return Harm(tuple(statements.split(";")), frozenset(named))


def learned(second: int, worker: UUID) -> str:
    return f"recorded_at=2026-01-01 04:00:{second:02}+00:00 workers=[{worker!r}]"


def counted(cohort: UUID, fact: str) -> str:
    return f"{BPU} cohort_id={cohort} fact={fact}"


BPU = "segment=BPU funding=APBD"
MIDNIGHT = "2026-01-01 16:00:00+00:00"
TO_FISHERS = f"cohort_id={FISHERS} village_code={UBUD}"
ELSEWHERE = uuid5(NAMES, "2026/1")
OF_CONTESTED = f"worker_id={MADE} claim_id={CONTESTED}"
HARMS = {
    "a person moved to another village": harm(
        "update people_delta set village_code = '51.04.05.1001' where day = '2026-12-01'",
        *(
            f"people day=2026-12-01 village_code={village} {counted(HARVEST, 'coverage_renewed')}{when}"
            for village in (SUKAWATI, UBUD)
            for when in ("", f" {learned(8, WAYAN)}")
        ),
    ),
    "an end is lost": harm(
        "delete from people_delta"
        " where day = '2026-07-01' and village_code = '51.04.05.1001' and recorded_at = '2026-01-01 04:00:14+00'",
        "people sum=all days and places",
        f"people day=2026-07-01 village_code={UBUD} {counted(ANNUAL, 'coverage_started')}",
        f"people day=2026-07-01 village_code={UBUD} {counted(ANNUAL, 'coverage_started')} {learned(14, KETUT)}",
    ),
    "a fact is learned later than it was": harm(
        "update people_delta set recorded_at = recorded_at + interval '1 hour'"
        " where recorded_at = '2026-01-01 04:00:18+00'",
        *(
            f"people day=2026-01-01 village_code={SUKAWATI} {counted(ANNUAL, 'coverage_started')} {when}"
            for when in (learned(18, LUH), f"recorded_at=2026-01-01 05:00:18+00:00 workers=[{LUH!r}]")
        ),
    ),
    "a row is counted twice": harm(
        "insert into people_delta select * from people_delta where recorded_at = '2026-01-01 04:00:19+00'",
        "people sum=all days and places",
        f"people day=2026-05-06 village_code={SUKAWATI} {counted(ANNUAL, 'worker_deceased')}",
        f"people day=2026-05-06 village_code={SUKAWATI} {counted(ANNUAL, 'worker_deceased')} {learned(19, LUH)}",
    ),
    "a death counts in another cohort": harm(
        "update people_delta set cohort_id = '00000000-0000-0000-0000-00000000000c' where fact = 'worker_deceased'"
        " and recorded_at = '2026-01-01 04:00:19+00'",
        *(
            f"people day=2026-05-06 village_code={SUKAWATI} {counted(cohort, 'worker_deceased')}{when}"
            for cohort in (ANNUAL, HARVEST)
            for when in ("", f" {learned(19, LUH)}")
        ),
    ),
    "a death is told as another kind of fact": harm(
        "update people_delta set fact = 'coverage_voided' where fact = 'worker_deceased'"
        " and recorded_at = '2026-01-01 04:00:19+00'",
        *(
            f"people day=2026-05-06 village_code={SUKAWATI} {counted(ANNUAL, fact)}{when}"
            for fact in ("worker_deceased", "coverage_voided")
            for when in ("", f" {learned(19, LUH)}")
        ),
    ),
    "a run, and a balance, count a person too many from some day on, and a late row is lost": harm(
        "update rolled set levels = array(select level + (day >= '2026-05-04')::int"
        " from unnest(days, levels) as l(day, level) order by day)"
        " where ledger = 'people' and village_code = '51.04.01.2001' and segment = 'BPU';"
        "update rolled_balance set days = array_replace(days, '2026-12-01', '2026-11-30')"
        " where ledger = 'people' and village_code = '51.04.01.2001';"
        "update rolled_balance set levels[1] = levels[1] + 1 where what = 'eligible';"
        "delete from rolled_late",
        f"rollup table=rolled known_until={MIDNIGHT} ledger=people day=2026-05-06 village_code={SUKAWATI} {BPU}",
        *(
            f"rollup table=rolled_balance known_until={MIDNIGHT} ledger=people day={day} village_code={SUKAWATI} {BPU}"
            for day in ("2026-11-30", "2026-12-01")
        ),
        f"rollup table=rolled_balance known_until={MIDNIGHT} ledger=funnel day=2026-01-05 village_code={UBUD}"
        f" cohort={FISHERS} what=eligible",
        *(
            f"rollup table={table} known_until={MIDNIGHT} ledger=people day=2026-04-01 village_code={place}"
            " funding=APBD"
            for table in ("rolled", "rolled_balance")
            for place in (f"{UBUD} segment=PU", f"{SUKAWATI} segment=BPU")
        ),
    ),
    "a membership too many": harm(
        "update membership_delta set memberships = 2"
        " where kind = 'enrolled' and recorded_at = '2026-01-01 04:00:14+00'",
        "memberships sum=all days and places",
        f"memberships day=2026-01-01 cohort_id={ANNUAL} village_code={UBUD} kind=enrolled",
        f"memberships day=2026-01-01 cohort_id={ANNUAL} village_code={UBUD} kind=enrolled {learned(14, KETUT)}",
    ),
    "an amount is changed, and a payment is lost": harm(
        "update claim_payment set amount_idr = 24000000 where amount_idr = 42000000;"
        "delete from claim_payment where worker_id is null",
        "claims paid_on=2026-05-09 programme=JKM segment=BPU",
        f"claims table=claim_payment worker_id={LUH} claim_id={UUID(int=31)} cohort_id={ANNUAL}",
        "claims paid_on=2026-05-09 programme=JHT segment=PU",
        "claims table=claim_payment",
    ),
    "a decision is turned round, a cohort has more places, a legal basis is lost, a card went to somebody else": harm(
        "update claim_decision set outcome = 'partially_approved' where due_on is null and round = 1;"
        "update cohort set places = 11 where name = 'Petani';"
        "delete from legal_basis l using cohort c"
        " where c.event_id = l.event_id and c.name = 'Pekerja rentan' and placeholder;"
        "update card_handover set received_by = 'representative'",
        f"claims table=claim_decision worker_id={LUH} claim_id={UUID(int=31)} cohort_id={ANNUAL}",
        f"cohort table=cohort cohort_id={HARVEST}",
        f"cohort table=cohort cohort_id={ANNUAL}",
        f"card table=card_handover worker_id={WAYAN} coverage_id={UUID(int=21)}",
    ),
    "a card is counted twice": harm(
        "insert into card_handover select gen_random_uuid(), recorded_at, worker_id, coverage_id, village_code,"
        " handed_on, received_by from card_handover",
        f"card table=card_handover worker_id={WAYAN} coverage_id={UUID(int=21)}",
    ),
    "proposals went further, still wait, were refused for another reason": harm(
        "update funnel_delta set step = 'in_decree' where step = 'eligible';"
        "delete from funnel_delta where step = 'waiting' and workers < 0;"
        "update funnel_delta set reason = 'too_old' where step = 'refused'",
        "funnel sum=all days and places",
        f"funnel day=2026-01-05 {TO_FISHERS} step=eligible failed=None reason=None",
        f"funnel day=2026-01-05 {TO_FISHERS} step=eligible failed=None reason=None {learned(35, PUTU)}",
        f"funnel day=2026-01-05 {TO_FISHERS} step=in_decree failed=None reason=None",
        f"funnel day=2026-01-05 {TO_FISHERS} step=in_decree failed=None reason=None {learned(35, PUTU)}",
        f"funnel day=2026-01-06 {TO_FISHERS} step=waiting failed=None reason=None",
        f"funnel day=2026-01-06 {TO_FISHERS} step=waiting failed=None reason=None {learned(38, PUTU)}",
        f"funnel day=2026-01-05 {TO_FISHERS} step=refused failed=unique reason=in_register",
        f"funnel day=2026-01-05 {TO_FISHERS} step=refused failed=unique reason=in_register {learned(31, NYOMAN)}",
        f"funnel day=2026-01-05 {TO_FISHERS} step=refused failed=unique reason=too_old",
        f"funnel day=2026-01-05 {TO_FISHERS} step=refused failed=unique reason=too_old {learned(31, NYOMAN)}",
    ),
    "a suspension is taken for cover, and grace lasts too long": harm(
        "update membership_delta set kind = 'in_force' where kind = 'suspended' and day = '2026-04-01';"
        "delete from membership_delta where kind = 'grace' and day = '2026-11-01' and village_code = '51.04.01.2001'",
        "memberships sum=all days and places",
        f"memberships day=2026-04-01 cohort_id={HARVEST} village_code={SUKAWATI} kind=in_force",
        f"memberships day=2026-04-01 cohort_id={HARVEST} village_code={SUKAWATI} kind=in_force {learned(45, PUTU)}",
        f"memberships day=2026-04-01 cohort_id={HARVEST} village_code={SUKAWATI} kind=suspended",
        f"memberships day=2026-04-01 cohort_id={HARVEST} village_code={SUKAWATI} kind=suspended {learned(45, PUTU)}",
        f"memberships day=2026-11-01 cohort_id={FISHERS} village_code={SUKAWATI} kind=grace",
        f"memberships day=2026-11-01 cohort_id={FISHERS} village_code={SUKAWATI} kind=grace {learned(41, PUTU)}",
    ),
    "in each table one row, or what stands beside it": harm(
        "update cohort set approved = true where not approved;"
        "delete from cohort_step where step = 'closed';"
        "update place_move set to_village = '51.04.01.2001';"
        "update card_issue set issued_on = '2026-02-04';"
        "update double_funding set person_months = 4;"
        "update double_funding_decision set outcome = 'justified'",
        f"cohort table=cohort cohort_id={FISHERS}",
        f"cohort table=cohort_step cohort_id={FISHERS}",
        f"cohort table=place_move cohort_id={FISHERS}",
        f"card table=card_issue worker_id={PUTU} coverage_id={UUID(int=26)}",
        f"double_funding table=double_funding worker_id={PUTU}",
        f"double_funding table=double_funding_decision worker_id={PUTU}",
    ),
    "in each table of claims one row": harm(
        "update claim_report set channel = 'counter' where channel = 'phone';"
        "update claim_step set day = '2026-03-30' where step = 'pended';"
        "update claim_decision set previous_amount_idr = 0 where round = 2;"
        "update claim_order set ordered_on = '2026-03-30';"
        "update claim_payment set kind = 'late' where amount_idr = 10000000;"
        "delete from payment_return;"
        "update claim_review set would_be_amount_idr = 1;"
        "update worker_merge set merged = false",
        f"claims table=claim_report {OF_CONTESTED}",
        f"claims table=claim_step {OF_CONTESTED}",
        f"claims table=claim_decision {OF_CONTESTED} cohort_id={UUID(int=11)}",
        f"claims table=claim_order {OF_CONTESTED}",
        f"claims table=claim_payment {OF_CONTESTED} cohort_id={UUID(int=11)}",
        f"claims table=payment_return {OF_CONTESTED}",
        f"claims table=claim_review {OF_CONTESTED}",
        f"merge table=worker_merge worker_id={NYOMAN}",
    ),
    "what stands beside a row of claims": harm(
        "update claim_component set amount_idr = 1 where code = 'PEMAKAMAN';"
        "update ordered_payment set amount_idr = 1 where amount_idr = 20000000;"
        "delete from claim_reason where code = 'DOCUMENT_INCOMPLETE'",
        f"claims table=claim_decision {OF_CONTESTED} cohort_id={UUID(int=11)}",
        f"claims table=claim_order {OF_CONTESTED}",
        f"claims table=claim_step {OF_CONTESTED}",
    ),
    "an obligation is lost": harm(
        "delete from claim_obligation", f"claims table=claim_decision {OF_CONTESTED} cohort_id={UUID(int=11)}"
    ),
    "who died is told to have joined": harm(
        "update churn_delta set what = 'joined' where what = 'died' and day = '2026-05-06'",
        *(
            f"churn day=2026-05-06 village_code={SUKAWATI} {BPU} what={what} since=None{when}"
            for what in ("died", "joined")
            for when in ("", f" {learned(19, LUH)}")
        ),
    ),
    "a death counts elsewhere, and what was paid after it has an end": harm(
        "update death_delta set village_code = '51.04.05.1001' where village_code = '51.04.01.2001';"
        "update paid_after_death_delta set paid_until = '2026-07-01' where paid_until is null",
        *(
            f"deaths day=2026-05-05 worker_id={LUH} village_code={village} {BPU}{when}"
            for village in (SUKAWATI, UBUD)
            for when in ("", f" {learned(19, LUH)}")
        ),
        *(
            f"paid_after_death day=2026-05-05 worker_id={LUH} coverage_id={UUID(int=25)} cohort_id={ANNUAL}"
            f" village_code={SUKAWATI} {BPU} paid_from=2026-05-06 paid_until={until} begun_after=False{when}"
            for until in (None, "2026-07-01")
            for when in ("", f" {learned(19, LUH)}")
        ),
    ),
    "a decree has another number, a cohort another office, a worker another proposal": harm(
        "update cohort set decree_number = '2/2026' where approved and decree_number is not null;"
        "update cohort_step set owner_office = 'Dinas Sosial' where owner_office is not null;"
        "update reader_key set state = replace(state, '2026-01-04', '2026-01-03')"
        " where key = '00000000-0000-0000-0000-000000000006'",
        f"cohort table=cohort cohort_id={FISHERS}",
        f"cohort table=cohort_step cohort_id={FISHERS}",
        f"person worker_id={NYOMAN}",
    ),
    "a village has more places": harm(
        "update village_place set places = 5", f"cohort table=cohort cohort_id={FISHERS}"
    ),
    "a worker's state is changed": harm(
        "update reader_key set state = replace(state, '2026-03-01', '2026-03-02')"
        " where key = '00000000-0000-0000-0000-000000000002'",
        f"person worker_id={MADE}",
    ),
    "a worker's state cannot be read": harm(
        "update reader_key set state = '{}'"
        " where topic = 'enrollment.coverage.v1' and key = '00000000-0000-0000-0000-000000000002'",
        f"person worker_id={MADE}",
    ),
    "a worker is forgotten": harm(
        "delete from reader_key"
        " where topic = 'enrollment.coverage.v1' and key = '00000000-0000-0000-0000-000000000003'",
        f"parked topic={COVERAGE.name} key={KETUT}",
        f"person worker_id={KETUT}",
    ),
    "a worker is made up": harm(
        "insert into reader_key (topic, key, sequence, state)"
        " select topic, '00000000-0000-0000-0000-000000000009', 2, state"
        " from reader_key where topic = 'enrollment.coverage.v1' and key = '00000000-0000-0000-0000-000000000002'",
        f"parked topic={COVERAGE.name} key={UUID(int=9)}",
        f"person worker_id={UUID(int=9)}",
    ),
    "a fact is not counted as applied, and another is taken for the last": harm(
        "update reader_key set sequence = sequence - 1 where topic = 'claims.claim.v1'"
        " and key in (select key from reader_key where topic = 'claims.claim.v1' and sequence = 1);"
        "update reader_key set event_id = gen_random_uuid()"
        " where topic = 'enrollment.cohort.v1' and key = '00000000-0000-0000-0000-00000000000b'",
        f"parked topic={CLAIM.name} key={ELSEWHERE}",
        f"parked topic={COHORT.name} key={ANNUAL} sequence=1",
    ),
    "a key is parked without a letter": harm(
        "update reader_key set parked = true"
        " where topic = 'enrollment.cohort.v1' and key = '00000000-0000-0000-0000-00000000000b'",
        f"parked topic={COHORT.name} key={ANNUAL}",
    ),
    "more is said to be complete": harm(
        "update tick set complete_until = complete_until + interval '1 day' where source = 'claims'",
        "watermark source=claims epoch=1 tick=2",
    ),
    "a tick is forgotten": harm("delete from tick where source = 'claims'", "watermark source=claims"),
}


async def test_names_whatever_was_changed_in_the_read_model(
    dsn: str, log: Log, create_database: Callable[..., Awaitable[str]]
) -> None:
    await publish_a_story(log)
    async with open_pool(dsn, name="reporting", size_max=4) as pool:
        await read(pool, log)
        await pool.execute(
            "insert into rolled_late select * from ledgers where ledger = 'people' and day = '2026-04-01'"
        )
        assert await rollup.claim(pool, datetime(2026, 2, 2, tzinfo=UTC)) == 32
        while await rollup.roll_next(pool):
            pass
    assert (await compare(dsn, log)).differences == []
    for what, harm in HARMS.items():
        harmed = await create_database(template=dsn.rpartition("/")[2])
        async with open_pool(harmed, name="harm", size_max=1, search_path="p1, public") as pool:
            for statement in harm.statements:
                done = await pool.execute(statement)
                assert not done.endswith(" 0"), f"{what}: nothing was changed by {statement}"
        assert set(named((await compare(harmed, log)).differences)) == harm.named, what


async def test_says_both_values_of_what_differs(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    await pool.execute("update claim_payment set amount_idr = 24000000 where amount_idr = 42000000")
    in_sum, in_row = (await compare(dsn, log)).differences
    assert in_sum.read_model == {"rows": 1, "cases": 1, "amount_idr": 24_000_000}
    assert in_sum.log == {"rows": 1, "cases": 1, "amount_idr": 42_000_000}
    assert (in_row.read_model, in_row.log) == ({"amount_idr": 24_000_000}, {"amount_idr": 42_000_000})
    assert in_row.where["event_id"] == log.event(CLAIM, LUH, 3)


async def test_facts_that_came_after_the_read_model_are_left_aside(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    applied = sum(log.sequences.values())
    await log.publish(COVERAGE, WAYAN, WorkerDeceased(died_on=date(2026, 8, 8)))
    report = await compare(dsn, log)
    assert (report.differences, report.facts) == ([], applied)


async def test_repeats_and_types_of_tomorrow_are_no_difference(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    started = CoverageStarted(**paid("2026-01-01", None, 25))
    log.now = NOON + timedelta(minutes=5)
    await log.send(COVERAGE, LUH, started.type, started.to_json().encode(), sequence=2)
    await log.send(COVERAGE, LUH, "enrollment.worker_relocated.v9", b"{}")
    await log.publish(COVERAGE, LUH, WorkerDeathReversed())
    await read(pool, log)
    assert (await compare(dsn, log)).differences == []


async def test_a_parked_key_is_withheld_and_compared_up_to_its_last_applied_fact(
    dsn: str, pool: Pool, log: Log
) -> None:
    await publish_a_story(log)
    log.now += timedelta(seconds=1)
    await log.send(COVERAGE, WAYAN, CoverageRenewed.type, b'{"coverage_id": 7}')
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    report = await compare(dsn, log)
    assert report.differences == []
    assert [(key.key, key.applied_sequence, key.letters) for key in report.withheld] == [(WAYAN, 4, 2)]

    await pool.execute("update reader_key set state = replace(state, '2026-12-01', '2026-12-02') where key = $1", WAYAN)
    assert named((await compare(dsn, log)).differences) == [f"person worker_id={WAYAN}"]


async def test_a_dropped_fact_has_no_effect_and_what_queued_behind_it_has(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.now += timedelta(seconds=1)
    await log.send(COVERAGE, WAYAN, CoverageRenewed.type, b'{"coverage_id": 7}')
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    place = await pool.fetchrow('select topic, part, "offset" from letter order by sequence limit 1')
    assert place is not None
    await parked.drop(pool, PROJECTION, *place, by="tester", why="no fact")
    report = await compare(dsn, log)
    assert (report.differences, report.withheld) == ([], [])
    assert await pool.fetchval("select count(*) from people_delta where day = '2026-03-01' and people = -1")


async def test_a_fact_neither_applied_nor_set_aside_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.now += timedelta(seconds=1)
    await log.send(COVERAGE, WAYAN, CoverageRenewed.type, b'{"coverage_id": 7}')
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    await pool.execute("delete from letter where sequence = 6")
    (found,) = (await compare(dsn, log)).differences
    assert (found.kind, found.where["key"]) == ("parked", WAYAN)
    assert found.log == {"neither_applied_nor_set_aside": [6]}


async def test_a_gap_in_the_log_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.sequences[COVERAGE.name, WAYAN] += 1
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    report = await compare(dsn, log)
    assert named(report.differences) == [f"log topic={COVERAGE.name} key={WAYAN}"]
    assert report.differences[0].log == {"missing_sequence": 5, "later_facts": 1}
    assert [(key.key, key.applied_sequence) for key in report.withheld] == [(WAYAN, 4)]


async def test_a_key_whose_last_letter_was_dropped_is_withheld_nowhere(dsn: str, pool: Pool, log: Log) -> None:
    """Somebody wrote a fact with a number far ahead; whoever drops it says that nothing is missing before it."""
    await publish_a_story(log)
    log.sequences[COVERAGE.name, WAYAN] += 1
    await log.publish(COVERAGE, WAYAN, CoverageTerminated(**ENDED))
    await read(pool, log)
    place = await pool.fetchrow('select topic, part, "offset" from letter')
    assert place is not None
    assert await pool.fetchval("select max(withheld_keys) from bi.watermark") == 1
    await parked.drop(pool, PROJECTION, *place, by="tester", why="written by hand")
    report = await compare(dsn, log)
    assert (report.differences, report.withheld, await parked.list_keys(pool)) == ([], [], [])
    assert await pool.fetchval("select max(withheld_keys) from bi.watermark") == 0
    async with transaction(pool) as tx:
        assert (await withheld(tx)).keys == 0


async def test_two_facts_under_one_number_are_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    reversed_ = WorkerDeathReversed()
    await log.send(COVERAGE, LUH, reversed_.type, reversed_.to_json().encode(), sequence=3, event="other")
    await read(pool, log)
    found = (await compare(dsn, log)).differences
    assert named(found) == [f"log topic={COVERAGE.name} key={LUH} sequence=3"]


async def test_a_fact_that_comes_too_late_for_the_watermark_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    log.now = NOON + timedelta(seconds=20)
    await log.publish(COVERAGE, LUH, WorkerDeathReversed())
    await read(pool, log)
    (found,) = (await compare(dsn, log)).differences
    assert (found.kind, found.where["topic"]) == ("watermark", COVERAGE.name)
    assert found.log == {"recorded": NOON + timedelta(seconds=21)}


async def test_a_read_model_that_is_ahead_of_the_log_is_named(dsn: str, pool: Pool, log: Log) -> None:
    await publish_a_story(log)
    await read(pool, log)
    await pool.execute("update reader_offset set next_offset = 1000 where topic = $1 and part = 0", COHORT.name)
    (found,) = (await compare(dsn, log)).differences
    assert (found.kind, found.where) == ("log", {"topic": COHORT.name, "partition": 0})


async def command(environment: dict[str, str], *options: str) -> tuple[int, str, str]:
    """Run `payung reconcile` as a process of its own."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "services.reporting.reconcile_cli",
        *options,
        env={name: value for name, value in os.environ.items() if not name.startswith("REPORTING_")} | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(), WAIT_S_MAX)
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def test_the_command_tells_people_and_programs_and_says_it_by_its_exit_code(
    dsn: str, pool: Pool, log: Log
) -> None:
    environment = {"REPORTING_POSTGRES_DSN": dsn, "REPORTING_KAFKA": log.kafka}
    await publish_a_story(log)
    await read(pool, log)
    facts = sum(log.sequences.values())
    code, output, progress = await command(environment)
    assert (code, output) == (0, f"{facts} facts, 6 people, 0 parked keys: no difference.\n")
    assert progress.startswith(f"Reading the log: {facts} of {facts}, ")

    await pool.execute("update claim_payment set amount_idr = 24000000 where amount_idr = 42000000")
    code, output, _ = await command(environment)
    assert code == 1
    assert "amount_idr:24000000" in output
    assert output.endswith(f"{facts} facts, 6 people, 0 parked keys: 2 differences.\n")

    code, output, _ = await command(environment, "--json")
    found = orjson.loads(output)
    assert code == 1
    assert (found["facts"], found["people"], found["parked_keys"]) == (facts, 6, 0)
    assert [one["kind"] for one in found["differences"]] == ["claims", "claims"]
    assert found["differences"][0] == {
        "kind": "claims",
        "where": {"paid_on": "2026-05-09", "programme": "JKM", "segment": "BPU"},
        "read_model": {"rows": 1, "cases": 1, "amount_idr": 24_000_000},
        "log": {"rows": 1, "cases": 1, "amount_idr": 42_000_000},
    }
    assert found["watermarks"]["claims"]["tick"] == 2


NOBODY_THERE = {"REPORTING_KAFKA": "127.0.0.1:1", "REPORTING_POSTGRES_DSN": "postgresql://a:secret@127.0.0.1:1/b"}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"REPORTING_KAFKA": "127.0.0.1:1"}, "REPORTING_POSTGRES_DSN must be set"),
        (NOBODY_THERE, "database"),
    ],
)
async def test_the_command_says_what_it_lacks(environment: dict[str, str], said: str) -> None:
    code, output, errors = await command(environment)
    assert (code, output) == (3, "")
    assert said in errors
    assert "secret" not in errors
    assert "Traceback" not in errors


async def test_the_command_says_that_kafka_is_away(dsn: str) -> None:
    code, _, errors = await command({"REPORTING_KAFKA": "127.0.0.1:1", "REPORTING_POSTGRES_DSN": dsn})
    assert code == 3
    assert "Kafka at 127.0.0.1:1 does not answer" in errors
    assert "Traceback" not in errors
