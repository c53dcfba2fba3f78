"""What the id of a snapshot promises: the same figures for ever, or a refusal; pages and programs are told the same."""

from services.chassis.web import Problem
from services.reporting.answers import Completeness, Text

PATTERN = r"^[1-9][0-9]{0,8}@[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z$"
"""How an id is written: the version of the projection, and the known-at time in UTC."""


def settle(complete: Completeness, changing: Text | None, snapshot: str | None) -> tuple[bool, Text]:
    """Tell whether an answer is final, and why; refuse a snapshot that has no final answer here.

    `changing` says why the figures may change though all facts are in; None: only facts make them.
    """
    if snapshot is not None and not snapshot.startswith(f"{complete.version}@"):
        raise _of_other_version(snapshot, complete.version)
    why = changing or complete.why
    final = complete.final and changing is None
    if snapshot is not None and not final:
        raise _not_final(why)
    return final, why


def _not_final(why: Text) -> Problem:
    english = f"This snapshot has no final answer yet, and is answered only when it has. {why.english}"
    indonesian = f"Untuk snapshot ini belum ada jawaban tetap, dan ia hanya dijawab bila tetap. {why.indonesian}"
    code = "snapshot_not_final"
    return Problem(409, "Snapshot not final", english, code=code, indonesian=indonesian, english=english)


def _of_other_version(snapshot: str, answers_now: int) -> Problem:
    version = snapshot.partition("@")[0]
    english = (
        f"The snapshot was made by projection version {version}; this one is {answers_now} and may count"
        " otherwise. Ask a service that runs that version, or ask anew with known_at."
    )
    indonesian = (
        f"Snapshot dibuat oleh versi proyeksi {version}; yang berjalan di sini versi {answers_now} dan dapat"
        " menghitung lain. Tanyakan pada layanan dengan versi itu, atau tanyakan lagi dengan known_at."
    )
    code = "snapshot_of_other_version"
    return Problem(422, "Snapshot of another version", english, code=code, indonesian=indonesian, english=english)
