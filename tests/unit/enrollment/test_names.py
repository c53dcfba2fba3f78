"""Whose names count as alike, and who is put before a person as perhaps being one."""

from dataclasses import dataclass, replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.enrollment.identity import likeness, names
from services.enrollment.identity.likeness import ALIKE_FROM, SAME_NAME_FROM


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I Wayan Suartha, S.Pd.", "I WY. SUARTA"),
        ("I.B. Oka", "Ida Bagus Oka"),
        ("AA Gede Raka", "Anak Agung Gede Raka"),
        ("Muh. Abd. Rahman", "Mohammad Abdul Rachman"),
        ("I Nyoman Soekerta", "I Nyoman Sukerta"),
        ("Tjokorda Djaya", "Cokorda Jaya"),
        ("Siti Aminah", "SITI  AMINNAH"),
        ("Drs. I Made Jaya", "I Made Jaya M.Si."),
        ("Ni Luh Sri Wahyuni", "Ni Luh Wahyuni Sri"),
        ("I Wayan", "i wayan"),
    ],
)
def test_spellings_of_one_name_are_the_same(one: str, other: str) -> None:
    assert names.likeness(one, other) == 100
    assert names.take_apart(one).key == names.take_apart(other).key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("I Wayan Sari", "I Wayan Jaya"),
        ("Ni Ketut", "Ni Wayan"),
        ("I Gusti Ngurah Rai", "I Gusti Ngurah Oka"),
        ("I Made Arta", "I Made Sudiana"),
        ("Ida Ayu Putu Sri", "Ida Ayu Putu Dewi"),
    ],
)
def test_rank_and_order_of_birth_make_nobody_alike(one: str, other: str) -> None:
    assert names.likeness(one, other) < SAME_NAME_FROM


@pytest.mark.parametrize(
    ("one", "other", "cost"),
    [
        ("I Wayan Sari", "Ni Wayan Sari", names.CONTRADICTS_SEX),
        ("I Wayan Sari", "I Made Sari", names.CONTRADICTS_ORDER),
        ("I Wayan Sari", "I Putu Sari", names.OTHER_WORD_FOR_ORDER),
        ("I Wayan Sari", "Sari", 0),
    ],
)
def test_what_contradicts_makes_unlike(one: str, other: str, cost: int) -> None:
    assert names.likeness(one, other) == 100 - cost


@dataclass(frozen=True, slots=True)
class Entry:
    nik: str = "5104014702909001"
    name: str = "Ni Wayan Suartini"
    birth_date: date = date(1990, 2, 7)
    village_code: str = "51.04.01.2002"


ANOTHER_NIK = "5104024702909133"


@pytest.mark.parametrize(
    "other",
    [
        Entry(nik="5104014702909010"),
        Entry(nik="5104014702909133", name="NI WYN SUARTINI"),
        Entry(nik="5104014702909133", name="Ni Wayan Suartina"),
        Entry(nik=ANOTHER_NIK),
        Entry(nik=ANOTHER_NIK, village_code="51.04.01.2004"),
        Entry(nik=ANOTHER_NIK, birth_date=date(1990, 7, 2)),
        Entry(nik=ANOTHER_NIK, birth_date=date(1909, 2, 7)),
        Entry(nik=ANOTHER_NIK, birth_date=date(1990, 2, 17)),
        Entry(nik="5104014702909010", name="I Wayan Suartini"),
    ],
    ids=[
        "NIK mistyped",
        "short",
        "letter mistyped",
        "another NIK",
        "next village",
        "day and month exchanged",
        "year transposed",
        "day mistyped",
        "sex mistyped, NIK alike",
    ],
)
def test_one_slip_leaves_people_alike_and_in_a_common_block(other: Entry) -> None:
    assert likeness.alike(Entry(), other)
    assert set(likeness.blocks(Entry())) & set(likeness.blocks(other))


@pytest.mark.parametrize(
    "other",
    [
        Entry(nik=ANOTHER_NIK, name="Ni Wayan Renti"),
        Entry(nik=ANOTHER_NIK, name="I Wayan Suartini"),
        Entry(nik=ANOTHER_NIK, birth_date=date(1985, 11, 30)),
        Entry(nik=ANOTHER_NIK, birth_date=date(1990, 7, 2), village_code="51.04.05.2001"),
        Entry(nik="5104014702909002", name="I Ketut Mudita"),
    ],
    ids=["another name", "another sex", "another birth date", "two slips", "neighbouring NIK of a twin"],
)
def test_people_who_share_less_are_not_put_before_anybody(other: Entry) -> None:
    assert not likeness.alike(Entry(), other)


ENTRIES = st.builds(
    Entry,
    nik=st.from_regex(r"51040[1-7][0-6][0-9]0[1-9][5-9][0-9]9[0-9]{3}", fullmatch=True),
    name=st.one_of(
        st.text(max_size=30),
        st.lists(
            st.sampled_from(("I", "Ni", "Wayan", "Made", "Putu", "Luh", "Suarta", "Sri", "Rai", "S.Pd", "AA", "I.B.")),
            min_size=1,
            max_size=5,
        ).map(" ".join),
    ),
    birth_date=st.dates(date(1950, 1, 1), date(2005, 12, 31)),
    village_code=st.sampled_from(("51.04.01.2002", "51.04.01.2004", "51.04.02.2001", "51.71.01.1001")),
)


@given(ENTRIES, ENTRIES)
@example(Entry(name=""), Entry(name="I Wayan"))
def test_comparing_is_the_same_either_way_and_an_entry_is_most_like_itself(one: Entry, other: Entry) -> None:
    assert likeness.compare(one, other) == likeness.compare(other, one)
    assert likeness.alike(one, other) == likeness.alike(other, one)
    assert 0 <= likeness.compare(one, other).score <= 100 == likeness.compare(one, one).score
    assert likeness.compare(one, one).score >= ALIKE_FROM


@given(ENTRIES, st.sampled_from(("name", "birth_date", "village_code")), ENTRIES)
def test_who_differs_in_one_part_shares_a_block_unless_the_birth_date_is_all_another(
    one: Entry, part: str, other: Entry
) -> None:
    slipped = replace(one, **{part: getattr(other, part)})
    if likeness.alike(one, slipped):
        assert set(likeness.blocks(one)) & set(likeness.blocks(slipped)), (part,)
