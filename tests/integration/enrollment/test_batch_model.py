"""Random lists against a plain model: CSV and XLSX say the same, and what went in is what the model lets in."""

import random
from collections.abc import AsyncIterator
from datetime import date
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from httpx2 import ASGITransport, AsyncClient

from services.chassis.postgres import Pool
from services.chassis.vault import Vault
from services.enrollment.app import make_app
from tests.integration.enrollment.conftest import KETEWEL, approve, facts, nik
from tests.integration.enrollment.lists import CLERK, act, look, outcomes, send, work
from tests.sheets import as_csv, as_xlsx

NAMES = ("Suardana", "Mahendra", "Kurniawan", "Budiasa", "Pramana", "Wirawan", "Tirtayasa", "Lestawan", "Gunadi", "Oka")
OTHER_NAME = "Zulkifli Hasan"
VILLAGES = (KETEWEL, "51.04.01.2001")
BORN = tuple(date(1975 + number, number + 1, 3 * number + 1) for number in range(len(NAMES)))


class Line(NamedTuple):
    """A row as the model sees it."""

    number: int
    name: str
    born: date | str
    village: str
    nik: str

    def cells(self, *, as_dates: bool) -> list[Any]:
        born = self.born if as_dates or isinstance(self.born, str) else f"{self.born:%d-%m-%Y}"
        return [self.nik, self.name, born, self.village]


def random_line(chance: random.Random) -> Line:
    number = chance.randrange(len(NAMES))
    name = chance.choices((NAMES[number], OTHER_NAME, ""), (8, 2, 1))[0]
    born = chance.choices((BORN[number], date(1930, 5, 5), "tahun 70", "31/11/1975"), (12, 1, 1, 1))[0]
    village = chance.choices((*VILLAGES, "51.04.99.9999"), (6, 2, 1))[0]
    written = chance.choices(
        (nik(number), nik(number)[:15], f" {nik(number)[:6]} {nik(number)[6:]}", ""), (12, 1, 2, 1)
    )[0]
    return Line(number, name, born, village, written)


def expected(lines: list[Line], enrolled: set[int], registered: set[int]) -> list[str]:
    """Say what becomes of each line, by rules written down again."""
    seen: dict[int, tuple[str, date | str, str]] = {}
    told = []
    for line in lines:
        whole = len(line.nik.replace(" ", "")) == 16
        if not whole or not line.name or isinstance(line.born, str) or line.village not in VILLAGES:
            told.append("rejected")
            continue
        says = (line.name, line.born, line.village)
        if line.number in seen:
            told.append("duplicate" if seen[line.number] == says else "rejected")
            continue
        seen[line.number] = says
        if line.number in enrolled:
            told.append("duplicate")
        elif line.born.year < 1961:
            told.append("rejected")
        elif line.number in registered and line.name == OTHER_NAME:
            told.append("decision")
        else:
            told.append("accepted")
    return told


@pytest_asyncio.fixture
async def http(pool: Pool, vault: Vault) -> AsyncIterator[AsyncClient]:
    transport = ASGITransport(make_app(pool, vault, scenario=True))
    async with AsyncClient(transport=transport, base_url="http://enrollment", headers=CLERK) as client:
        yield client


@pytest.mark.parametrize("seed", range(3))
async def test_a_random_list(http: AsyncClient, pool: Pool, vault: Vault, seed: int) -> None:
    chance = random.Random(seed)
    cohort, other = await approve(pool), await approve(pool)
    enrolled, registered = {0, 1}, {0, 1, 2, 3}
    for into, numbers in ((cohort, enrolled), (other, registered - enrolled)):
        good = [Line(number, NAMES[number], BORN[number], KETEWEL, nik(number)) for number in sorted(numbers)]
        rows = "\n".join(f"{one.nik},{one.name},{one.born},{one.village}" for one in good)
        content = f"nik,name,birth_date,village_code\n{rows}".encode()
        assert (await http.post(f"/v1/cohorts/{into.cohort_id}/workers", content=content)).json()["rejected"] == []
    lines = [random_line(chance) for _ in range(60)]
    model = expected(lines, enrolled, registered)
    sent = []
    for content in (
        as_csv([line.cells(as_dates=False) for line in lines]),
        as_xlsx([line.cells(as_dates=True) for line in lines]),
    ):
        batch_id = (await send(http, cohort.cohort_id, content))["batch_id"]
        await work(pool, vault)
        found = await outcomes(http, batch_id)
        assert [found[at + 2][0] for at in range(len(lines))] == model
        seen = (await look(http, batch_id))["counts"]
        assert seen == {outcome: model.count(outcome) for outcome in seen}
        sent.append(batch_id)
    for batch_id in sent:  # what the first let in, the second knows
        await act(http, batch_id, "approvals")
        await work(pool, vault)
    assert (await look(http, sent[0]))["reserved"] == model.count("accepted")
    proposed = {fact["key"] for fact in await facts(pool, "worker_verified")}
    assert len(proposed) == len(await facts(pool, "worker_verified")) == model.count("accepted")
    assert (await look(http, sent[1]))["reserved"] == 0
