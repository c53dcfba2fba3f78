"""Tables that everybody may see: made once, at most one a month, and never changed.

    people protected   on the last day of a month, as known when the next month began
    claims paid        in a calendar year, as known when the April after it began

Each is final when it is made, and hides small counts as `suppression.py` said on that day. There is no other day, time
or filter to ask for: of two tables that overlap the difference can be small where neither of them is. A table is made
also where nothing may be shown, so that no year is told from one in which nothing was paid.
"""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta

import structlog

from services.chassis.clock import BUSINESS_ZONE, at_midnight
from services.chassis.postgres import HEALS_WITH_TIME, Pool, Transaction, transaction
from services.chassis.waiting import sleep_unless
from services.reporting import answers, definitions, queries, release_store
from services.reporting.answers import Text
from services.reporting.definitions import Definition
from services.reporting.queries import Where
from services.reporting.release_store import PARTS, About, Row
from services.reporting.suppression import ROOT, shown

EVERY_S = 60.0
APRIL, DECEMBER = 4, 12
UNKNOWN = "-"
"""Stands for the smaller area where none is known."""
_DAY = timedelta(days=1)

HIDDEN = Text(
    "Angka dari 1 sampai 4 disamarkan, agar tidak ada orang yang dapat dikenali darinya. Rincian lain di wilayah itu"
    " dan di beberapa wilayah lain ikut disamarkan beserta rupiahnya, sehingga dari selisih angka dalam tabel ini pun"
    " tidak ada jumlah 1 sampai 4 yang dapat dihitung. Disamarkan tidak berarti nol. Wilayah yang tidak tercantum tidak"
    " memiliki data, atau semua angkanya disamarkan.",
    "Counts from 1 to 4 are hidden, so that nobody can be recognised in them. The other figures of the same area and of"
    " some other areas are hidden with them, and so are their rupiah: so no count from 1 to 4 can be worked out by"
    " subtraction within this table either. Hidden does not mean zero. An area that is not listed has nothing to count,"
    " or all its figures are hidden.",
)
DEFINITIONS: dict[About, Definition] = {
    "protected": Definition("people", definitions.PROTECTED.text),
    "claims-paid": Definition(
        "cases and rupiah",
        Text(
            "Manfaat yang dibayarkan dalam tahun itu menurut tanggal bayar; pembayaran yang kembali dan klaim yang"
            " dibatalkan tidak termasuk. Kasus: klaim, ditambah kasus yang diputuskan di tempat lain menurut berkas"
            " badan; klaim yang dibayar di dua bagian dihitung pada keduanya.",
            "Benefits paid in the year by the date of payment; without payments that came back, and without claims that"
            " were voided. Cases: claims, and cases decided elsewhere as files of the agency tell them; a claim that is"
            " paid in two parts counts in both.",
        ),
    ),
}

log = structlog.get_logger(__name__)


async def release_forever(pool: Pool, stopping: asyncio.Event) -> None:
    """Make what can be made, again and again."""
    while not stopping.is_set():
        try:
            while not stopping.is_set() and await release_next(pool):
                pass
        except HEALS_WITH_TIME as error:
            log.warning("release_waits", error=type(error).__name__)
        # Nothing was told yet of what could not be made: no fault of it ends the reader of facts beside it.
        except Exception as error:  # noqa: BLE001
            log.error("release_failed", error=type(error).__name__, reason=str(error)[:200])  # noqa: TRY400
        await sleep_unless(stopping, EVERY_S)


async def release_next(pool: Pool) -> bool:
    """Make the oldest table that is not made and whose facts are all in; tells whether there was one."""
    async with answers.snapshot(pool) as tx:
        complete = await answers.completeness(tx, None)
        until = complete.final_until
        if until is None or (month := await _next_month(tx, until)) is None:
            return False
        as_of, known_at = month - _DAY, at_midnight(month)
        wanted: list[tuple[About, date]] = [("protected", as_of)]
        if month.month == APRIL:
            wanted.append(("claims-paid", date(month.year - 1, DECEMBER, 31)))
        made = {(about, day): await make(tx, about, day, known_at) for about, day in wanted}
    async with transaction(pool) as tx:
        for (about, day), rows in made.items():
            await release_store.keep(tx, about, day, known_at, complete.version, rows)
    log.info("released", as_of=as_of.isoformat())
    return True


async def make(tx: Transaction, about: About, as_of: date, known_at: datetime) -> list[Row]:
    """Give the table that is about the month or the year that ends with this day, as known then."""
    if about == "protected":
        return await _protected(tx, as_of, known_at)
    return await _claims_paid(tx, as_of.year, known_at)


def final_since(known_at: datetime) -> Text:
    """Say why a table never changes."""
    known = answers.time_of(known_at)
    return Text(
        f"Tetap: ketika tabel ini dibuat, semua catatan sampai {known.indonesian} sudah termasuk dan tidak ada yang"
        " ditahan; tabel ini tidak pernah diubah.",
        f"Final: when this table was made all facts up to {known.english} were in, and none was withheld; it is never"
        " changed.",
    )


async def _next_month(tx: Transaction, until: datetime) -> date | None:
    """Give the first day of the oldest month whose beginning is final, and from which nothing was released."""
    if (last := await release_store.newest(tx)) is not None:
        begun = last + _DAY
    elif (first := await release_store.first_recorded(tx)) is not None:
        begun = first.astimezone(BUSINESS_ZONE).date()
    else:
        return None
    following = (begun.replace(day=1) + timedelta(days=31)).replace(day=1)
    return following if at_midnight(following) <= until else None


async def _protected(tx: Transaction, as_of: date, known_at: datetime) -> list[Row]:
    counts = defaultdict[str, dict[str, int]](dict)
    for row in await queries.protected(tx, as_of, known_at, ["village", "segment"], Where()):
        counts[row["village"]][row["segment"]] = row["people"]
    return table(counts, {}, PARTS["protected"])


async def _claims_paid(tx: Transaction, year: int, known_at: datetime) -> list[Row]:
    period = date(year, 1, 1), date(year + 1, 1, 1)
    found, _ = await queries.claims_paid(tx, *period, known_at, ["regency", "district", "programme"])
    cases, amounts = defaultdict[str, dict[str, int]](dict), defaultdict[str, dict[str, int]](dict)
    for row in found:
        area = row["district"] or ".".join(filter(None, (row["regency"], UNKNOWN)))
        cases[area][row["programme"]] = row["cases"]
        amounts[area][row["programme"]] = row["amount_idr"]
    return table(cases, amounts, PARTS["claims-paid"])


def table(
    counts: Mapping[str, Mapping[str, int]], amounts: Mapping[str, Mapping[str, int]], parts: Sequence[str]
) -> list[Row]:
    """Give the counts that may be shown, with their rupiah; of an area without its parts, no rupiah are shown either.

    The rupiah of a death are the same for everybody: they tell how many there were.
    """
    rows = []
    for area, row in sorted(shown(counts, parts).items()):
        if area == ROOT:
            continue
        rupiah = {
            part: sum(paid.get(part, 0) for one, paid in amounts.items() if one == area or one.startswith(f"{area}."))
            for part in parts
        }
        told = amounts and row.parts is not None
        rows.append(Row(area, None, row.total, sum(rupiah.values()) if told else None))
        rows += [
            Row(area, part, row.parts[part] if row.parts is not None else None, rupiah[part] if told else None)
            for part in parts
        ]
    return rows
