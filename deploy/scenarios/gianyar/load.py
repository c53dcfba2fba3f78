"""Plays the scenario through the public doors, day by day, so that every fact is recorded in its time.

    2023   people of every segment; vulnerable workers from July to December, reminded in December
    2024   what was paid to the end of 2023 lapses; phase I; claims; phase II and its ceremony; payments of the agency
    2025   payments that come in late, and a correction that changes how 31 December 2023 looks since then

Every step's name is its idempotency key: a second load changes nothing, and one that was interrupted goes on. A day
that a service's clock has passed is not gone back to.
"""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import StringIO
from time import monotonic
from typing import Any, TypeVar

from deploy.local.parts import Addresses
from deploy.scenarios.gianyar.doors import Doors, Say, ScenarioError, open_doors, until
from deploy.scenarios.gianyar.generate import INPUTS, files

ROWS_PER_REQUEST = 5_000
REQUESTS_IN_FLIGHT_MAX = 2
COMMANDS_IN_FLIGHT_MAX = 8

CLOCKS = ("enrollment", "claims")
FIRST_DAY, LAST_DAY = "2023-01-02", "2025-05-01"
OPENING_HOUR = "08:00+08:00"

BENEFIT_IDR = {"JKM": 42_000_000, "JKK": 70_000_000}
LARGE_BENEFIT_NEEDS = {"JKK": ["NPWP"]}
"""What is asked for once a benefit is above Rp50 million."""
Item = TypeVar("Item")

REAL_TIME_AGE_S_MAX = 60
PAYEE = {"relation": "parent", "name": "Ahli Waris Contoh", "bank": "Bank Contoh", "account": "0000000000"}
ACCIDENT = {"place": "at_work", "activity": "farming"}


async def load(addresses: Addresses, say: Say) -> None:
    """Load the scenario, and return when reporting has all of it."""
    begun = monotonic()
    doors = {"enrollment": addresses.enrollment, "claims": addresses.claims, "reporting": addresses.reporting}
    async with open_doors(doors) as opened:
        play = Play(opened, say, files(), json.loads((INPUTS / "cohorts.json").read_text(encoding="utf-8")))
        await play.begin()
        await play.year_2023()
        await play.year_2024()
        await play.year_2025()
        await play.finish()
    say(f"Gianyar was loaded in {monotonic() - begun:.1f} s")


@dataclass(frozen=True, slots=True)
class Play:
    """One load of the scenario."""

    doors: Doors
    say: Say
    files: Mapping[str, bytes]
    cohorts: Mapping[str, Any]
    cohort_ids: dict[str, str] = field(default_factory=dict)
    """Ids of the cohorts approved so far, by their names in the scenario."""

    async def year_2023(self) -> None:
        await self._day("2023-01-02")
        for cohort in ("wage-earners-2023", "non-asn-2023", "self-payers-2023"):
            await self._enroll(cohort)
        await self._day("2023-07-03")
        for cohort in ("construction-2023", "construction-2023-2024", "vulnerable-2023"):
            await self._enroll(cohort)
        await self._sweep("2023-12-02")

    async def year_2024(self) -> None:
        await self._sweep("2024-01-01")
        await self._settle_claims("2024-03-28")
        await self._sweep("2024-05-02")
        await self._enroll("vulnerable-2024-phase-1")
        await self._renew("vulnerable-2024-phase-1")
        await self._settle_claims("2024-05-30")
        await self._sweep("2024-07-01")
        await self._record_payments("payments-2024-h1.csv")
        await self._sweep("2024-10-02")
        await self._settle_claims("2024-10-02")
        await self._sweep("2024-11-01")
        await self._approve("vulnerable-2024-phase-2")
        await self._day("2024-11-25")
        await self._enroll("vulnerable-2024-phase-2")
        await self._settle_claims("2024-11-28")
        await self._hand_over_cards()
        await self._day("2024-12-02")
        await self._record_payments("payments-2024-h2.csv")

    async def year_2025(self) -> None:
        await self._day("2025-01-10")
        await self._record_payments("payments-2024-12.csv")
        await self._sweep("2025-03-10")
        await self._correct("construction-2023")
        await self._sweep("2025-05-01")

    async def begin(self) -> None:
        """Set the clocks back where nothing was recorded yet; refuse ledgers that others have begun."""
        first = next(self._rows("people/wage-earners-2023.csv"))["nik"]
        if not await self._set_back("enrollment"):
            if await self._find(first) is None:
                raise _others("enrollment")
        elif not await self._set_back("claims"):
            await self.doors.send("enrollment", "POST", "/v1/clock", json={"now": None})
            raise _others("claims")

    async def finish(self) -> None:
        """Take in the targets, return to real time, and wait until reporting has everything."""
        await self.doors.send(
            "reporting",
            "PUT",
            "/v1/targets",
            content=(INPUTS / "targets.csv").read_bytes(),
            headers={"Content-Type": "text/csv", "Payung-Actor": "gianyar-steward", "Payung-Roles": "steward"},
        )
        for service in CLOCKS:
            await self.doors.send(service, "POST", "/v1/clock", json={"now": None})
        begun = monotonic()
        for service, token in self.doors.tokens.items():

            async def included(token: str = token) -> bool:
                answer = await self.doors.send(
                    "reporting", "GET", "/v1/watermark", params={"after": token}, told=frozenset({409})
                )
                return answer.is_success

            await until(f"That reporting has all facts of {service}", included)

        async def in_real_time() -> bool:
            age = (await self.doors.ask("reporting", "/v1/watermark"))["age_seconds"]
            return age is not None and age < REAL_TIME_AGE_S_MAX

        await until("That reporting hears of today again", in_real_time)
        self.say(f"{monotonic() - begun:.1f} s until reporting had everything")

    async def _set_back(self, service: str) -> bool:
        """Let an unused service's clock begin at the first day; False if it records in real time already."""
        if await self._clock(service) <= _at(LAST_DAY):
            return True
        told = await self.doors.send(
            service, "POST", "/v1/clock", json={"now": _at(FIRST_DAY).isoformat()}, told=frozenset({409})
        )
        return told.is_success

    async def _clock(self, service: str) -> datetime:
        return datetime.fromisoformat((await self.doors.ask(service, "/v1/clock"))["now"])

    async def _day(self, day: str) -> None:
        """Let both clocks go on from the morning of the day, unless they are past it."""
        for service in CLOCKS:
            if await self._clock(service) < _at(day):
                await self.doors.send(service, "POST", "/v1/clock", json={"now": _at(day).isoformat()})

    async def _approve(self, cohort: str) -> str:
        """Have a cohort proposed by one person, and approved and opened by another."""
        step, body = f"cohorts/{cohort}", self.cohorts[cohort]
        proposed = await self.doors.act("enrollment", "/v1/cohorts", step, json=body)
        cohort_id: str = proposed["cohort_id"]
        path = f"/v1/cohorts/{cohort_id}/approvals"
        await self.doors.act("enrollment", path, f"{step}/approval", role="approver", json={"open": True})
        self.cohort_ids[cohort] = cohort_id
        return cohort_id

    async def _enroll(self, cohort: str) -> None:
        cohort_id = await self._approve(cohort)
        await self._upload(f"people/{cohort}.csv", f"/v1/cohorts/{cohort_id}/workers", "workers enrolled")

    async def _renew(self, cohort: str) -> None:
        cohort_id = self.cohort_ids[cohort]
        await self._upload(f"renewals/{cohort}.csv", f"/v1/cohorts/{cohort_id}/renewals", "workers renewed")

    async def _hand_over_cards(self) -> None:
        await self._upload("cards.csv", "/v1/cards", "cards handed over")

    async def _record_payments(self, name: str) -> None:
        await self._upload(name, "/v1/payments", "payments recorded", service="claims", role="payer")

    async def _upload(
        self, name: str, path: str, what: str, *, service: str = "enrollment", role: str = "clerk"
    ) -> None:
        """Send a file in pieces, a few at a time; one row that is refused ends the load."""
        header, *lines = self.files[name].decode().splitlines(keepends=True)
        begun = monotonic()

        async def send(first: int) -> None:
            piece = "".join([header, *lines[first : first + ROWS_PER_REQUEST]])
            answer = await self.doors.act(service, path, f"{name}/{first}", role=role, csv=piece)
            for fault in answer["rejected"]:
                raise ScenarioError(
                    f"{name}: row {first + fault['row']}, column {fault['column']}, was refused: {fault['english']}"
                )

        await _in_flight(REQUESTS_IN_FLIGHT_MAX, range(0, len(lines), ROWS_PER_REQUEST), send)
        self._tell(what, len(lines), begun, name)

    async def _sweep(self, day: str) -> None:
        """Announce what is due by that day: reminders, and cover that has run out."""
        await self._day(day)
        begun = monotonic()
        headers = {"Payung-Actor": "gianyar-operator", "Payung-Roles": "operator"}
        swept = (await self.doors.send("enrollment", "POST", "/v1/sweep", headers=headers)).json()
        self._tell("memberships swept", swept["expired"] + swept["reminded"], begun, day)

    async def _settle_claims(self, day: str) -> None:
        """Take the claims that are paid on the day from report to payment, and let enrollment hear of the deaths."""
        await self._day(day)
        begun = monotonic()
        rows = [(place, row) for place, row in enumerate(self._rows("claims.csv"), 1) if row["paid_on"] == day]
        await _in_flight(COMMANDS_IN_FLIGHT_MAX, rows, self._settle)
        self._tell("claims paid", len(rows), begun, day)

    async def _settle(self, placed: tuple[int, dict[str, str]]) -> None:
        """One claim: reported, its documents brought, submitted, decided, ordered and paid, by three people."""
        step, row = f"claims/{placed[0]}", placed[1]
        worker_id = (await self._known(row["nik"]))["worker_id"]
        report = {name: row[name] for name in ("programme", "incident_on", "reported_on")} | {"worker_id": worker_id}
        if row["programme"] == "JKK":
            report |= {"died_on": row["incident_on"], "circumstances": ACCIDENT}
        claim = await self.doors.act("claims", "/v1/claims", f"{step}/report", json=report)
        path = f"/v1/claims/{claim['claim_id']}"

        async def act(door: str, role: str, **body: Any) -> Any:
            return await self.doors.act("claims", f"{path}/{door}", f"{step}/{door}", role=role, json=body)

        async def worker_known() -> bool:
            return bool((await self.doors.ask("claims", path, role="proposer"))["state"] not in {"waiting", "pended"})

        async def death_known() -> bool:
            return (await self.doors.ask("enrollment", f"/v1/workers/{worker_id}"))["died_on"] is not None

        await until("That claims knows the worker", worker_known)
        codes = [one["code"] for one in claim["missing"]] + LARGE_BENEFIT_NEEDS.get(row["programme"], [])
        brought = [{"code": code, "received_on": row["submitted_on"]} for code in codes]
        await act("documents", "proposer", documents=brought)
        await act("submission", "proposer", submitted_on=row["submitted_on"], payees=[PAYEE])
        await act("decision", "decider")
        for payment in (await act("payment-order", "payer"))["payments"]:
            arrived = {"paid_on": row["paid_on"], "amount_idr": payment["ordered_idr"]}
            claim = await act(f"payments/{payment['payment_id']}/confirmation", "payer", **arrived)
        paid, benefit = claim["money"]["paid_idr"], BENEFIT_IDR[row["programme"]]
        if (claim["state"], paid) != ("paid", benefit):
            raise ScenarioError(f"{step} is {claim['state']} with {paid} rupiah paid; {benefit} is due")
        await until("That enrollment hears of the death", death_known)

    async def _correct(self, cohort: str) -> None:
        """Put right, long after, how long some workers' cover had lasted."""
        begun, cohort_id = monotonic(), self.cohort_ids[cohort]
        rows = list(enumerate(self._rows("corrections.csv"), 1))

        async def correct(placed: tuple[int, dict[str, str]]) -> None:
            place, row = placed
            coverage_id = (await self._known(row["nik"]))["coverages"][0]["coverage_id"]
            body = {name: row[name] for name in ("covered_from", "covered_until")} | {"cohort_id": cohort_id}
            path = f"/v1/coverages/{coverage_id}/corrections"
            await self.doors.act("enrollment", path, f"corrections/{place}", json=body)

        await _in_flight(COMMANDS_IN_FLIGHT_MAX, rows, correct)
        self._tell("memberships corrected", len(rows), begun, cohort)

    async def _find(self, nik: str) -> Any:
        """Ask who this is; None for somebody whom enrollment does not know."""
        headers = {"Payung-Actor": "gianyar-clerk", "Payung-Roles": "clerk"}
        answer = await self.doors.send(
            "enrollment", "POST", "/v1/workers/find", json={"nik": nik}, headers=headers, told=frozenset({404})
        )
        return answer.json() if answer.is_success else None

    async def _known(self, nik: str) -> Any:
        worker = await self._find(nik)
        if worker is None:
            raise ScenarioError("enrollment does not know a worker whom this scenario enrolled before.")
        return worker

    def _rows(self, name: str) -> Iterator[dict[str, str]]:
        return csv.DictReader(StringIO(self.files[name].decode()))

    def _tell(self, what: str, count: int, begun: float, where: str) -> None:
        seconds = max(monotonic() - begun, 0.001)
        self.say(f"{where}: {count:,} {what} in {seconds:.1f} s ({count / seconds:,.0f} per second)")


async def _in_flight(most: int, items: Iterable[Item], send: Callable[[Item], Awaitable[None]]) -> None:
    """Send so many at once; the first that fails ends the others."""
    gate = asyncio.Semaphore(most)

    async def pass_gate(item: Item) -> None:
        async with gate:
            await send(item)

    try:
        async with asyncio.TaskGroup() as group:
            for item in items:
                group.create_task(pass_gate(item))
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None


def _others(service: str) -> ScenarioError:
    return ScenarioError(
        f"The ledger of {service} holds facts that this scenario did not record. Load it into an empty one:"
        " `make up FRESH=1` begins anew."
    )


def _at(day: str) -> datetime:
    """Give the hour at which the offices open, in Asia/Makassar."""
    return datetime.fromisoformat(f"{day}T{OPENING_HOUR}")
