"""The end of a log is whole lines, as many as wanted; a service's JSON lines are said in words, within a bound."""

import json
from pathlib import Path

import pytest

from deploy.local import processes
from deploy.local.logs import CHARACTERS_MAX, in_words, read_from


@pytest.mark.parametrize("wanted", [0, 1, 3, 1_000, 20_000])
@pytest.mark.parametrize("written", [0, 1, 10_000])
def test_the_end_of_a_log_is_whole_lines(tmp_path: Path, wanted: int, written: int) -> None:
    lines = [f"line {number} {'.' * (number % 200)}" for number in range(written)]
    log = tmp_path / "a.log"
    log.write_text("".join(f"{line}\n" for line in lines))
    assert processes.tail(log, wanted) == lines[max(0, written - wanted) :]


def test_a_log_that_is_not_there_has_no_lines(tmp_path: Path) -> None:
    assert processes.tail(tmp_path / "a.log", 5) == []
    assert read_from(tmp_path / "a.log", 7) == (0, [])


def test_what_was_added_is_read_once_and_whole(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("one\ntwo\nthr")
    position, lines = read_from(log, 0)
    assert lines == ["one", "two"]
    log.write_text("one\ntwo\nthree\n")
    assert read_from(log, position) == (14, ["three"])
    log.write_text("anew\n")
    assert read_from(log, 14) == (5, ["anew"])


def test_a_line_is_said_in_words() -> None:
    told = {"event": "relay_waits", "level": "warning", "seconds": 0.2, "logger": "l", "service": "claims", "topic": ""}
    line = json.dumps(told | {"timestamp": "2026-11-21T13:08:32.142469Z"})
    assert in_words(line) == "2026-11-21 13:08:32Z warning  relay_waits seconds=0.2"
    for other in ("LOG:  checkpoint starting", "[1, 2]", '{"no": 1}', "{", ""):
        assert in_words(other) == other
    assert len(in_words("x" * 10_000)) < CHARACTERS_MAX + 50
