"""The list of the erased holds together, or says where it does not."""

import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest

from services.chassis.vault.erasures import BEGINNING, FILE, Broken, Entry, Erased, add, read

AT = datetime(2030, 7, 1, 3, 4, 5, 678_901, tzinfo=UTC)


def erased(number: int) -> Erased:
    return Erased(UUID(int=number), AT, "officer", "requested", (UUID(int=number), UUID(int=number + 1_000)))


def test_a_list_is_read_as_it_was_written(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    assert read(folder) == []
    add(folder, [erased(1), erased(2)])
    latest = add(folder, [erased(2), erased(3)])
    entries = read(folder)
    assert [entry.number for entry in entries] == [1, 2, 3]
    assert [entry.erased for entry in entries] == [erased(1), erased(2), erased(3)]
    assert [entry.previous for entry in entries] == [BEGINNING, entries[0].hash, entries[1].hash]
    assert latest == {entry.erased.person_id: entry for entry in entries}


def test_whoever_is_erased_with_more_gets_a_further_line(tmp_path: Path) -> None:
    more = replace(erased(1), key_owners=(UUID(int=9),))
    add(tmp_path, [erased(1)])
    assert add(tmp_path, [more])[UUID(int=1)].number == 2
    assert [entry.erased for entry in read(tmp_path)] == [erased(1), more]


def test_a_line_that_was_cut_off_is_none_yet_and_is_written_over(tmp_path: Path) -> None:
    add(tmp_path, [erased(1), erased(2)])
    whole = (tmp_path / FILE).read_bytes()
    (tmp_path / FILE).write_bytes(whole[:-40])
    assert [entry.number for entry in read(tmp_path)] == [1]
    add(tmp_path, [erased(2)])
    assert (tmp_path / FILE).read_bytes() == whole


def _edited(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[1].replace(b"requested", b"unlawful!"), lines[2]]


def _without_the_second(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[2]]


def _put_in(lines: list[bytes]) -> list[bytes]:
    return [lines[0], lines[0], *lines[1:]]


@pytest.mark.parametrize(
    ("change", "line"),
    [
        (_edited, 2),
        (_without_the_second, 2),
        (_put_in, 2),
        (lambda lines: lines[1:], 1),
        (lambda lines: [b"{}", *lines], 1),
        (lambda lines: [*lines, b"rubbish"], 4),
    ],
)
def test_a_list_that_was_changed_is_refused_with_the_line(tmp_path: Path, change: object, line: int) -> None:
    add(tmp_path, [erased(1), erased(2), erased(3)])
    lines = (tmp_path / FILE).read_bytes().splitlines()
    (tmp_path / FILE).write_bytes(b"\n".join(change(lines)) + b"\n")  # type: ignore[operator]
    with pytest.raises(Broken, match=f"line {line}:"):
        read(tmp_path)
    with pytest.raises(Broken):
        add(tmp_path, [erased(4)])


def test_many_writers_make_one_chain(tmp_path: Path) -> None:
    entries: list[dict[UUID, Entry]] = []
    threads = [
        threading.Thread(target=lambda number=number: entries.append(add(tmp_path, [erased(number)])))
        for number in range(1, 21)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {entry.erased for entry in read(tmp_path)} == {erased(number) for number in range(1, 21)}
    assert len(entries) == len(read(tmp_path)) == 20
