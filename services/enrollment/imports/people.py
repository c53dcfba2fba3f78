"""Turns a sheet row into a person, or into what is wrong with it; each fault tells its column and how to mend it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Protocol, TypeVar, get_args

from payung_contracts.fact import Activity

from services.enrollment.identity import nik as national
from services.enrollment.identity.nik import Said
from services.enrollment.imports import values
from services.enrollment.imports.cells import COLUMNS_MAX, Cell, SheetRow, written
from services.enrollment.imports.header import Field, Header
from services.enrollment.imports.values import Faulty

CANDIDATES_SHOWN_MAX = 3

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is wrong with a value, or worth a look: where, a code, and how to mend it. Values are shown, not kept."""

    about: Field
    column: str
    code: str
    indonesian: str
    english: str
    value: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A person whom a list proposes. What names them is not shown."""

    nik: str = field(repr=False)
    name: str = field(repr=False)
    birth_date: date = field(repr=False)
    village_code: str
    activity: Activity | None = None

    def document(self) -> dict[str, Any]:
        """Give what the vault keeps of the person."""
        return {"nik": self.nik, "name": self.name, "birth_date": self.birth_date.isoformat()}


@dataclass(frozen=True, slots=True)
class ReadRow:
    """A sheet row as it was read: its cells as they stand, the person if nothing is wrong, faults and notices."""

    row: int
    cells: tuple[str, ...] = field(repr=False)
    nik: str | None = field(repr=False)
    person: Proposed | None
    faults: tuple[Remark, ...]
    notices: tuple[Remark, ...]


class _Village(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def district(self) -> str: ...


class _Found(Protocol):
    @property
    def code(self) -> str | None: ...
    @property
    def candidates(self) -> Sequence[_Village]: ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What a list is read by: the day, whether the people are made up, and which villages there are."""

    today: date
    scenario: bool
    knows_village: Callable[[str], bool]
    find_village: Callable[[str, str | None], _Found]


def read_row(header: Header, sheet_row: SheetRow, rules: Rules) -> ReadRow:
    """Read a row whole: every fault of it is told at once, so that it is mended once."""
    number, cells = sheet_row
    faults: list[Remark] = []
    notices: list[Remark] = []

    def told(field_: Field, said: Said) -> Remark:
        return Remark(field_, header.column(field_), *said, value=written(header.cell(cells, field_)))

    def read(one: Callable[[], T]) -> T | None:
        try:
            return one()
        except Faulty as faulty:
            faults.append(told(faulty.field, faulty.said))
            return None

    if any(cell is not None for cell in cells[len(header.titles) :]):
        faults.append(Remark("nik", f"> {len(header.titles)}", *_MORE_CELLS))
    nik = read(lambda: values.nik(header.cell(cells, "nik"), scenario=rules.scenario))
    if nik is not None and nik.notice is not None:
        notices.append(told("nik", nik.notice))
    name = read(lambda: values.name(header.cell(cells, "name")))
    born = read(lambda: values.birth_date(header.cell(cells, "birth_date"), rules.today))
    village = read(lambda: _village(header, cells, rules))
    activity = read(lambda: (_activity(values.text_of("activity", header.cell(cells, "activity"))),))
    shown = tuple(written(cell) for cell in cells[:COLUMNS_MAX])
    if nik is None or name is None or born is None or village is None or activity is None or faults:
        return ReadRow(number, shown, nik.value if nik else None, None, tuple(faults), tuple(notices))
    notices.extend(told(field_, said) for field_, said in national.doubts(nik.value, name=name, birth_date=born))
    person = Proposed(nik.value, name, born, village, activity[0])
    return ReadRow(number, shown, nik.value, person, (), tuple(notices))


def _village(header: Header, cells: Sequence[Cell], rules: Rules) -> str:
    """Find the village by its code where there is one, else by its name within its district."""
    code = header.cell(cells, "village_code")
    if code is not None or "village" not in header.places:
        return values.village_code(code, rules.knows_village)
    named = values.text_of("village", header.cell(cells, "village"))
    district = values.text_of("district", header.cell(cells, "district"))
    found = rules.find_village(named, district or None)
    if found.code is None:
        raise Faulty("village", _not_one_village(found.candidates))
    return found.code


def _not_one_village(candidates: Sequence[_Village]) -> Said:
    if not candidates:
        return (
            "village_name_unknown",
            "Nama desa/kelurahan tidak dikenal di wilayah ini. Periksa ejaannya dan kecamatannya, atau isi kode desa.",
            "The village's name is not known in this area. Check its spelling and district, or fill in the code.",
        )
    shown = "; ".join(f"{one.name}, {one.district} ({one.code})" for one in candidates[:CANDIDATES_SHOWN_MAX])
    return (
        "village_name_doubtful",
        f"Nama desa/kelurahan belum pasti. Mungkin: {shown}. Isi kode desanya.",
        f"It is not certain which village is meant. Perhaps: {shown}. Fill in the village code.",
    )


_ACTIVITIES: dict[str, Activity] = {one: one for one in get_args(Activity)} | {
    name: activity
    for activity, names in (
        ("farming", "pertanian|petani|perkebunan|peternakan|peternak|petani peternak|buruh tani"),
        ("fishing", "perikanan|nelayan|pembudidaya ikan"),
        ("trade", "perdagangan|pedagang|dagang|pedagang pasar|warung"),
        ("transport", "transportasi|sopir|supir|ojek|pengemudi|angkutan"),
        ("construction", "konstruksi|bangunan|buruh bangunan|tukang|tukang bangunan"),
        ("craft", "kerajinan|perajin|pengrajin|tukang ukir|pemahat|penenun"),
        ("arts", "seni|seniman|penari|penabuh|pelukis"),
        ("religious_customary", "keagamaan|adat|pemangku|rohaniwan|pecalang|serati"),
        ("other_services", "jasa|jasa lain|jasa lainnya|lainnya|lain lain"),
    )
    for name in names.split("|")
}


def _activity(text: str) -> Activity | None:
    if not text:
        return None
    found = _ACTIVITIES.get(" ".join(text.lower().replace("/", " ").replace("-", " ").split()))
    if found is None:
        raise Faulty("activity", _ACTIVITY_UNKNOWN)
    return found


ACTIVITIES_SHOWN = (
    "pertanian",
    "perikanan",
    "perdagangan",
    "transportasi",
    "konstruksi",
    "kerajinan",
    "seni",
    "keagamaan",
    "jasa lain",
)
_ACTIVITY_UNKNOWN: Said = (
    "activity_unknown",
    f"Pekerjaan tidak dikenal. Pilih salah satu: {', '.join(ACTIVITIES_SHOWN)}; atau kosongkan.",
    f"This work is not known. Choose one of: {', '.join(ACTIVITIES_SHOWN)}; or leave it empty.",
)
_MORE_CELLS: Said = (
    "number_of_fields",
    "Baris ini berisi lebih banyak kolom daripada judulnya. Periksa koma dan tanda petik; mungkin nilainya bergeser.",
    "This row has more cells than there are column names. Check commas and quotes; values may have moved aside.",
)
