"""What is wrong with a row, told to the clerk; never with the row's own words, which name a person."""

from dataclasses import dataclass
from uuid import UUID

from services.enrollment.domain import Rejected

COLUMNS = {
    "covered_from_outside_cohort": "covered_from",
    "card_in_future": "handed_on",
    "issue_in_future": "issued_on",
    "card_issued_later": "issued_on",
    "kpj_taken": "kpj",
    "age_outside_limit": "birth_date",
    "no_membership_on_day": "handed_on",
}
"""The column that a refusal is about, where it is not the person's NIK."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was not taken in: its line in the file, the column at fault, and how to mend it."""

    row: int
    column: str
    code: str
    indonesian: str
    english: str


def refused(line: int, refusal: Rejected) -> Fault:
    """Tell of a rule that refused a row."""
    return Fault(line, COLUMNS.get(refusal.code, "nik"), refusal.code, refusal.indonesian, refusal.english)


def refuse_repeated(first: dict[UUID, int], worker_id: UUID, line: int) -> None:
    """Refuse who stands in a chunk twice, under two NIKs of entries that were merged; `first` remembers the lines."""
    if (earlier := first.setdefault(worker_id, line)) != line:
        raise Rejected(
            "person_repeated",
            f"NIK ini milik orang yang sama dengan baris {earlier}: kedua catatannya digabungkan. Hapus baris ini.",
            f"This NIK is the same person's as line {earlier}: their two entries were merged. Delete this row.",
        )
