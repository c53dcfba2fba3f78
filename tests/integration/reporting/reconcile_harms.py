"""Changes of the read model behind the reader's back, and all that must be named because of each."""

from dataclasses import dataclass
from uuid import UUID, uuid5

from payung_contracts.topics import CLAIM, COHORT, COVERAGE

from tests.integration.reporting.kafka_log import NAMES
from tests.integration.reporting.reconcile_story import (
    ANNUAL,
    CONTESTED,
    FISHERS,
    HARVEST,
    KETUT,
    LUH,
    MADE,
    NYOMAN,
    PUTU,
    SUKAWATI,
    UBUD,
    WAYAN,
)


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
