"""Take in the reference file of targets and denominators: all of it or nothing, each change a new version."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from datetime import date

from payung_contracts.regions import areas

from services.chassis.postgres import Transaction

COLUMNS = ("id", "name", "value", "unit", "scope", "area_code", "definition", "valid_on", "source", "source_date")
ENGLISH = ("name_english", "scope_english", "definition_english")
"""What the file may add: the same in English, as columns after the others, each of them empty where nobody knows."""
BYTES_MAX = 1024 * 1024
ROWS_MAX = 10_000
VALUE_MAX = 10**15
LENGTH_MAX = 1_000
ID = re.compile(r"[^@\x00-\x1f\x7f]{1,200}")
"""What can be asked for again: in an address an id stands before `@` and its version."""


@dataclass(frozen=True, slots=True)
class Target:
    """A number that others state: who states it, of what, for where, as of when."""

    id: str
    name: str
    value: int
    unit: str
    scope: str
    area_code: str | None
    """The province, regency, district or village that the scope is; None where the scope is no area."""
    definition: str
    valid_on: date
    source: str
    source_date: date
    name_english: str | None = None
    scope_english: str | None = None
    definition_english: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field of the file, and how to mend it."""

    row: int
    column: str
    code: str
    indonesian: str
    english: str


class FileRefused(Exception):
    """The file is taken in whole or not at all; these are its faults."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(f"{len(faults)} faults")
        self.faults = faults


def parse(data: bytes) -> list[Target]:
    """Read the file; raises FileRefused with every fault found. Row 1 is the header."""
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise FileRefused([_fault(1, "", "file_unreadable")]) from None
    header = tuple(rows[0]) if rows else ()
    if header not in (COLUMNS, COLUMNS + ENGLISH):
        raise FileRefused([_fault(1, "", "header_differs")])
    if len(rows) > ROWS_MAX:
        raise FileRefused([_fault(ROWS_MAX, "", "too_many_rows")])
    named = [(number, dict(zip(header, row, strict=False)), row) for number, row in enumerate(rows[1:], 2) if row]
    faults = [fault for number, fields, row in named for fault in _faults(number, fields, row, len(header))]
    times = Counter(fields.get("id") for _, fields, _ in named)
    faults += [_fault(number, "id", "id_repeated") for number, fields, _ in named if times[fields.get("id")] > 1]
    if faults:
        raise FileRefused(faults)
    return [_target(fields) for _, fields, _ in named]


def _target(fields: dict[str, str]) -> Target:
    return Target(
        id=fields["id"],
        name=fields["name"],
        value=int(fields["value"]),
        unit=fields["unit"],
        scope=fields["scope"],
        area_code=fields["area_code"] or None,
        definition=fields["definition"],
        valid_on=date.fromisoformat(fields["valid_on"]),
        source=fields["source"],
        source_date=date.fromisoformat(fields["source_date"]),
        **{name: fields.get(name, "").strip() or None for name in ENGLISH},
    )


def _faults(number: int, fields: dict[str, str], row: list[str], columns: int) -> Iterator[Fault]:
    if len(row) != columns:
        yield _fault(number, "", "columns_differ")
        return
    for column, text in fields.items():
        if column == "area_code":
            if text and text not in areas():
                yield _fault(number, column, "area_unknown")
        elif not text.strip() and column not in ENGLISH:
            yield _fault(number, column, "empty")
        elif column == "id" and not ID.fullmatch(text):
            yield _fault(number, column, "id_unfit")
        elif len(text) > LENGTH_MAX or "\0" in text:
            yield _fault(number, column, "text_unfit")
        elif column == "value" and not (text.isascii() and text.isdigit() and 0 < int(text) <= VALUE_MAX):
            yield _fault(number, column, "value_not_whole")
        elif column in ("valid_on", "source_date") and not _is_day(text):
            yield _fault(number, column, "date_malformed")


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


SENTENCES = {
    "file_unreadable": (
        "Berkas tidak terbaca sebagai CSV dalam UTF-8. Simpan kembali sebagai CSV UTF-8 dengan pemisah koma.",
        "The file cannot be read as CSV in UTF-8. Save it again as CSV UTF-8, separated by commas.",
    ),
    "header_differs": (
        f"Baris pertama harus berisi {','.join(COLUMNS)}; boleh ditambah {','.join(ENGLISH)}.",
        f"The first row has to be {','.join(COLUMNS)}; it may go on with {','.join(ENGLISH)}.",
    ),
    "too_many_rows": (
        f"Berkas lebih dari {ROWS_MAX} baris. Bagi menjadi beberapa berkas.",
        f"The file has more than {ROWS_MAX} rows. Split it.",
    ),
    "columns_differ": (
        "Jumlah kolom baris ini tidak sama dengan baris pertama. Beri tanda kutip pada teks yang memuat koma.",
        "This row has not as many columns as the first. Put quotes around texts that hold commas.",
    ),
    "empty": (
        "Kolom ini kosong. Target tanpa keterangan ini tidak dapat dipakai; isi kolomnya.",
        "This field is empty. A target without it is of no use; fill it in.",
    ),
    "area_unknown": (
        "Kode wilayah tidak dikenal. Tulis kode Kemendagri, misalnya 51.04; kosongkan bila cakupannya bukan wilayah.",
        "No area has this code. Write that of Kemendagri, as 51.04; leave it empty where the scope is no area.",
    ),
    "text_unfit": (
        f"Teks lebih dari {LENGTH_MAX} huruf atau memuat huruf yang tidak sah. Perpendek atau tulis kembali.",
        f"The text is longer than {LENGTH_MAX} characters or holds one that is not allowed. Shorten or retype it.",
    ),
    "value_not_whole": (
        "Nilai bukan bilangan bulat di atas nol. Tulis dengan angka saja, tanpa titik atau koma.",
        "The value is no whole number above zero. Write digits only, without separators.",
    ),
    "date_malformed": (
        "Tanggal tidak sah. Tulis sebagai TTTT-BB-HH, misalnya 2025-09-30.",
        "This is no date. Write it as YYYY-MM-DD, for example 2025-09-30.",
    ),
    "id_unfit": (
        "Id ini tidak dapat ditanyakan lagi: paling banyak 200 huruf, tanpa @ dan tanpa huruf kendali. Pilih id lain.",
        "This id could not be asked for again: at most 200 characters, no @ and no control characters. Choose another.",
    ),
    "id_repeated": (
        "Id ini ada lebih dari sekali dalam berkas. Setiap target memerlukan id sendiri.",
        "This id stands in the file more than once. Each target needs an id of its own.",
    ),
}


def _fault(row: int, column: str, code: str) -> Fault:
    return Fault(row, column, code, *SENTENCES[code])


async def take_in(tx: Transaction, targets: list[Target], *, by: str) -> dict[str, int]:
    """Keep what is new or changed as a new version; taking in the same file again changes nothing."""
    await tx.execute("lock table target in share row exclusive mode")
    fields = [astuple(target) for target in targets]
    columns = [[row[place] for row in fields] for place in range(len(COLUMNS + ENGLISH))]
    rows = await tx.fetch(
        """
        with given as (
            select * from unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[],
                                 $8::date[], $9::text[], $10::date[], $11::text[], $12::text[], $13::text[])
                     as g(id, name, value, unit, scope, area_code, definition, valid_on, source, source_date,
                          name_english, scope_english, definition_english)
        ), newest as (
            select distinct on (id) * from target order by id, version desc
        )
        insert into target (id, version, name, value, unit, scope, area_code, definition, valid_on, source, source_date,
                            name_english, scope_english, definition_english, taken_in_by)
        select g.id, coalesce(n.version, 0) + 1, g.name, g.value, g.unit, g.scope, g.area_code, g.definition,
               g.valid_on, g.source, g.source_date, g.name_english, g.scope_english, g.definition_english, $14
          from given g left join newest n using (id)
         where (g.name, g.value, g.unit, g.scope, g.area_code, g.definition, g.valid_on, g.source, g.source_date,
                g.name_english, g.scope_english, g.definition_english)
               is distinct from
               (n.name, n.value, n.unit, n.scope, n.area_code, n.definition, n.valid_on, n.source, n.source_date,
                n.name_english, n.scope_english, n.definition_english)
        returning version
        """,
        *columns,
        by,
    )
    new = sum(row["version"] == 1 for row in rows)
    return {"rows": len(targets), "new": new, "changed": len(rows) - new, "unchanged": len(targets) - len(rows)}
