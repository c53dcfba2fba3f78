"""Reads what was added to a log, and says a service's JSON lines in words."""

import json
import os
from pathlib import Path
from typing import Any

CHARACTERS_MAX = 500
TOLD_ELSEWHERE = ("event", "level", "logger", "service", "timestamp")


def in_words(line: str) -> str:
    """Say a JSON line as time, level, event and details, within a bound; any other line stays as it is."""
    try:
        told: Any = json.loads(line)
    except ValueError:
        told = None
    if isinstance(told, dict) and "event" in told:
        details = [f"{name}={value}" for name, value in told.items() if name not in TOLD_ELSEWHERE and value != ""]
        at = str(told.get("timestamp", ""))[:19].replace("T", " ")
        line = " ".join([f"{at}Z", f"{told.get('level', ''):<8}", str(told["event"]), *details])
    return line if len(line) <= CHARACTERS_MAX else f"{line[:CHARACTERS_MAX]} ... ({len(line)} characters)"


def read_from(log: Path, position: int) -> tuple[int, list[str]]:
    """Read what was added, whole lines only; begin anew when the log was."""
    if not log.exists():
        return 0, []
    with log.open("rb") as file:
        if file.seek(0, os.SEEK_END) < position:
            position = 0
        file.seek(position)
        whole = file.read().rpartition(b"\n")
    new = whole[0] + whole[1]
    return position + len(new), new.decode(errors="replace").splitlines()
