"""`payung parked` on the real databases of two services: what a person sees, does, and leaves behind in the letters."""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio
from payung_contracts.topics import COVERAGE

from services.chassis import migrations, parked
from services.chassis.apply import Projection
from services.chassis.postgres import Pool, open_pool
from services.chassis.received import Received, Refused
from services.reporting.app import MIGRATIONS, bring_up_to_date
from tests import servers
from tests.integration.chassis.conftest import Record, Steps
from tests.integration.conftest import Migrated

ANSWER_S_MAX = 60.0
FAULTY_NUMBER = 666
NIK = "5171010101019001"
ALL_WOULD_GO = "claims: semua 3 surat akan jalan. / all 3 letters would go."
ALL_WENT = "claims: semua 3 surat sudah jalan. / all 3 letters went."

ANN, BEN = UUID("019376a0-0000-7000-8000-00000000000a"), UUID("019376a0-0000-7000-8000-00000000000b")


def faulty_fold(_state: Any, fact: Received) -> tuple[Any, Sequence[Any]]:
    """Refuse a number that is no fault of the fact's, as a release with a bug would; the installed services do not."""
    if str(UUID(int=FAULTY_NUMBER)).encode() in fact.data:
        raise Refused("a bug of an older release")
    return None, []


async def nothing(_tx: object, _effects: object) -> None:
    """Write nothing."""


@dataclass(frozen=True, slots=True)
class Said:
    """What the command left: its exit code and its words."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Place:
    """Databases of claims and reporting, a reader of an older release for each, and the command's environment."""

    claims: Steps
    reporting: Steps
    environment: dict[str, str]

    async def payung(
        self,
        *words: str,
        module: str = "deploy.local.cli",
        terminal: int = asyncio.subprocess.DEVNULL,
        **environment: str,
    ) -> Said:
        """Run the command, without a terminal to ask at unless one is given."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", module, *words),
            env=self.environment | environment,
            stdin=terminal,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(ANSWER_S_MAX):
            out, err = await process.communicate()
        return Said(process.returncode or 0, out.decode(), err.decode())

    async def parked(self, *words: str) -> Said:
        return await self.payung("parked", *words)


@pytest_asyncio.fixture
async def place(migrated: Migrated, tmp_path: Path) -> AsyncIterator[Place]:
    folders = {"claims": (migrations.CLOCK, migrations.READER), "reporting": MIGRATIONS}
    dsns = {name: await migrated(wanted) for name, wanted in folders.items()}
    await bring_up_to_date(dsns["reporting"])
    dsns["enrollment"] = f"postgresql://nobody:nothing@127.0.0.1:{servers.free_port()}/nothing"
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PAYUNG_")}
    environment = inherited | {"PAYUNG_STATE": str(tmp_path), "LOGNAME": "ketut", "COLUMNS": "200"}
    environment |= {f"{name.upper()}_POSTGRES_DSN": dsn for name, dsn in dsns.items()}
    async with AsyncExitStack() as stack:
        steps = {}
        for name in folders:
            pool = await stack.enter_async_context(open_pool(dsns[name], name=name, size_max=4))
            steps[name] = Steps(pool, Projection(name, (COVERAGE,), faulty_fold, nothing))
        yield Place(steps["claims"], steps["reporting"], environment)


async def park(steps: Steps, key: UUID) -> Record:
    """Three facts of the key wait, for an older release refused the first of them, which is given."""
    first = steps.fact(key, 1, FAULTY_NUMBER)
    await steps.step(first, steps.fact(key, 2, 2), steps.fact(key, 3, 3))
    return first


def letter_of(record: Record) -> str:
    return f"{record.topic}/{record.partition}/{record.offset}"


async def letters(pool: Pool) -> list[tuple[Any, ...]]:
    rows = await pool.fetch("select sequence, settled_how, settled_by, settled_why from letter order by sequence")
    return [tuple(row) for row in rows]


async def test_nothing_parked_is_said_so(place: Place) -> None:
    said = await place.parked("list", "--service", "claims")
    assert (said.code, said.out, said.err) == (
        0,
        "Tidak ada kunci yang tertahan di claims. / No key is parked in claims.\n",
        "",
    )
    assert json.loads((await place.parked("list", "--service", "claims", "--json")).out) == []


async def test_list_shows_all_services_and_names_the_one_that_does_not_answer(place: Place) -> None:
    await park(place.claims, ANN)
    await park(place.reporting, BEN)
    said = await place.parked("list")
    assert said.code == 3
    assert said.err == (
        "Basis data enrollment tidak dapat ditanyai (ConnectionRefusedError); lihat `payung status`."
        " / The database of enrollment could not be asked (ConnectionRefusedError); see `payung status`.\n"
    )
    head, first, second = said.out.splitlines()
    assert head.split() == ["service", "topic", "key", "letters", "first", "since", "reason"]
    assert first.split()[:5] == ["claims", COVERAGE.name, str(ANN), "3", "1"]
    assert second.split()[:5] == ["reporting", COVERAGE.name, str(BEN), "3", "1"]
    assert first.endswith("WITA  refused: Refused: a bug of an older release")
    assert "\x1b" not in said.out + said.err


async def test_list_for_programs(place: Place) -> None:
    await park(place.claims, ANN)
    said = await place.parked("list", "--json", "--service", "claims")
    (key,) = json.loads(said.out)
    assert {name: value for name, value in key.items() if name != "parked_at"} == {
        "service": "claims",
        "topic": COVERAGE.name,
        "key": str(ANN),
        "letters": 3,
        "first_sequence": 1,
        "reason": "refused: Refused: a bug of an older release",
    }
    assert key["parked_at"].endswith("+00:00")


async def test_show_names_the_place_and_the_data_of_each_letter(place: Place) -> None:
    first = await park(place.claims, ANN)
    said = await place.parked("show", str(ANN), "--service", "claims")
    assert said.code == 0
    lines = said.out.splitlines()
    assert lines[0].startswith(
        f"claims  {letter_of(first)}  fact 1  enrollment.card_handed_over.v1  recorded 2024-01-01"
    )
    assert "refused: Refused: a bug of an older release" in lines[1]
    assert '"received_by":"worker"' in lines[2]
    shown = json.loads((await place.parked("show", str(ANN), "--service", "claims", "--json")).out)
    assert [letter["sequence"] for letter in shown] == [1, 2, 3]


async def test_a_letter_cannot_command_the_terminal(place: Place) -> None:
    await place.claims.step(place.claims.rubbish(str(ANN).encode(), b"\x1b[2Jgone\x07", []))
    said = await place.parked("show", str(ANN), "--service", "claims")
    assert "\N{REPLACEMENT CHARACTER}[2Jgone" in said.out
    assert not {"\x1b", "\x07"} & set(said.out)
    assert "fact unreadable" in said.out


async def test_an_unknown_key_is_said_in_a_sentence(place: Place) -> None:
    for words in (("show", str(ANN)), ("replay", str(ANN), "--dry-run"), ("replay", str(ANN), "--yes")):
        said = await place.parked(*words, "--service", "claims")
        assert (said.code, said.out) == (1, "")
        assert said.err.startswith(f"Tidak ada surat {ANN} yang ")
        assert f" / No letter of {ANN} " in said.err
        assert said.err.endswith(" in claims; `payung parked list` shows the parked keys.\n")
    assert (await place.parked("show", "gone")).code == 2


async def test_a_dry_run_tells_and_changes_nothing(place: Place) -> None:
    await park(place.claims, ANN)
    said = await place.parked("replay", str(ANN), "--dry-run", "--service", "claims")
    assert (said.code, said.out, said.err) == (0, f"{ALL_WOULD_GO}\n", "")
    assert await letters(place.claims.pool) == [(n, None, None, None) for n in (1, 2, 3)]


async def test_more_than_can_be_shown_is_counted_and_said(place: Place) -> None:
    """However many letters of the key were settled before: those that wait are counted, shown first, and go."""
    await park(place.claims, ANN)
    await place.claims.pool.execute(
        """
        insert into letter (topic, part, "offset", key, sequence, headers, reason, settled_at, settled_how)
        select 'a.topic', 0, n, $1, 0, '[]', 'long ago', now(), 'replayed' from generate_series(1, $2::int) n
        """,
        ANN,
        parked.SHOWN_MAX,
    )
    await place.claims.pool.execute(
        """
        insert into letter (topic, part, "offset", key, headers, reason)
        select 'other', 0, n, gen_random_uuid(), '[]', 'unreadable' from generate_series(1, $1::int) n
        """,
        parked.SHOWN_MAX,
    )
    said = await place.parked("replay", str(ANN), "--dry-run", "--service", "claims")
    assert (said.code, said.out) == (0, f"{ALL_WOULD_GO}\n")
    shown = await place.parked("show", str(ANN), "--service", "claims", "--json")
    assert [letter["sequence"] for letter in json.loads(shown.out)][:4] == [1, 2, 3, 0]
    assert shown.err.endswith(" / claims: 1,000 of 1,003 letters are shown.\n")
    listed = await place.parked("list", "--service", "claims")
    assert len(listed.out.splitlines()) == 1 + parked.SHOWN_MAX
    assert listed.err.endswith(" / claims: 1,000 of 1,001 keys are shown.\n")


async def test_without_a_terminal_a_replay_must_be_meant(place: Place) -> None:
    await park(place.claims, ANN)
    said = await place.parked("replay", str(ANN))
    assert (said.code, said.out) == (2, "")
    assert "say --yes to replay, or --dry-run to try" in said.err
    assert await letters(place.claims.pool) == [(n, None, None, None) for n in (1, 2, 3)]


@pytest.mark.parametrize(("answer", "code", "how"), [(b"y\n", 0, "replayed"), (b"n\n", 1, None)])
async def test_on_a_terminal_a_replay_is_tried_and_asked_for(
    place: Place, answer: bytes, code: int, how: str | None
) -> None:
    await park(place.claims, ANN)
    ours, theirs = os.openpty()
    try:
        os.write(ours, answer)
        said = await place.payung("parked", "replay", str(ANN), "--service", "claims", terminal=theirs)
    finally:
        os.close(ours)
        os.close(theirs)
    assert said.code == code
    assert said.err.startswith(f"{ALL_WOULD_GO}\nTerapkan? / Replay them? [y/N]:")
    assert said.out.strip() == (ALL_WENT if how else "")
    assert [letter[1] for letter in await letters(place.claims.pool)] == [how] * 3


async def test_replay_after_the_fix_applies_in_every_service(place: Place) -> None:
    await park(place.claims, ANN)
    await park(place.reporting, ANN)
    said = await place.parked("replay", str(ANN), "--yes", "--json")
    assert said.code == 3  # enrollment's database does not answer
    went = {"key": str(ANN), "letters": 3, "went": 3, "dry_run": False, "stopped_by": None}
    assert json.loads(said.out) == [{"service": name} | went for name in ("claims", "reporting")]
    for steps in (place.claims, place.reporting):
        assert await letters(steps.pool) == [(n, "replayed", "ketut", "replayed by command") for n in (1, 2, 3)]
    assert await place.reporting.pool.fetchval("select count(*) from card_handover") == 3
    assert (await place.parked("list", "--service", "reporting")).out.endswith(" / No key is parked in reporting.\n")
    assert "    replayed " in (await place.parked("show", str(ANN), "--service", "claims")).out


async def test_a_replay_that_goes_a_part_of_the_way(place: Place) -> None:
    steps = place.claims
    refused = steps.fact(ANN, 2, 2, value=b'{"nik": "%s"}' % NIK.encode())
    await steps.step(steps.fact(ANN, 1, FAULTY_NUMBER), refused, steps.fact(ANN, 3, 3))
    said = await place.parked("replay", str(ANN), "--yes", "--by", "wayan", "--service", "claims")
    assert said.code == 3
    assert " / 1 of 3 letters went. The next one is refused: Refused: enrollment.card" in said.out
    assert said.out.endswith(f" See `payung parked show {ANN}`.\n")
    assert NIK not in said.out + said.err
    assert await letters(steps.pool) == [
        (1, "replayed", "wayan", "replayed by command"),
        *((n, None, None, None) for n in (2, 3)),
    ]
    again = await place.parked("replay", str(ANN), "--yes", "--service", "claims")
    assert again.code == 1
    assert again.out.startswith("claims: 0 dari 2 surat sudah jalan.")


async def test_drop_wants_a_reason_and_keeps_it(place: Place) -> None:
    first = letter_of(await park(place.claims, ANN))
    for words in ((), ("--reason", " ")):
        assert (await place.parked("drop", "claims", first, *words, "--yes")).code == 2
    assert (await place.parked("drop", "claims", first, "--reason", "a test card")).code == 2
    assert await letters(place.claims.pool) == [(n, None, None, None) for n in (1, 2, 3)]
    said = await place.parked("drop", "claims", first, "--reason", "a test card", "--yes")
    assert (said.code, said.out, said.err) == (
        0,
        "Dibuang. Surat di belakangnya yang jalan: 2. / Dropped. Letters behind it that went on: 2.\n",
        "",
    )
    assert (await letters(place.claims.pool))[0] == (1, "dropped", "ketut", "a test card")
    again = await place.parked("drop", "claims", first, "--reason", "a test card", "--yes")
    assert (again.code, again.out) == (1, "")
    assert f" / There is no open letter {first} in claims; `payung parked show KEY`" in again.err


async def test_a_letter_is_named_by_its_place(place: Place) -> None:
    said = await place.parked("drop", "claims", "somewhere", "--reason", "why", "--yes")
    assert said.code == 2
    assert "somewhere is no TOPIC/PARTITION/OFFSET." in said.err


async def test_a_missing_address_is_named(place: Place) -> None:
    said = await place.payung("parked", "list", "--service", "claims", CLAIMS_POSTGRES_DSN="")
    assert (said.code, said.out) == (1, "")
    assert "Belum diisi: CLAIMS_POSTGRES_DSN; " in said.err


async def test_help_lists_the_commands_and_the_version_is_a_line(place: Place) -> None:
    for option in ("--help", "-h"):
        said = await place.payung(option)
        assert said.code == 0
        assert {"parked", "reconcile", "up"} <= {line.split()[0] for line in said.out.splitlines() if line.strip()}
    assert {"list", "show", "replay", "drop"} <= set((await place.parked("-h")).out.split())
    said = await place.payung("--version")
    assert (said.code, said.err) == (0, "")
    assert said.out.count(".") == 2
    assert (await place.payung(str(uuid4()))).code == 2


async def test_a_container_that_holds_one_service_has_the_command_too(place: Place) -> None:
    await park(place.claims, ANN)
    words = ("list", "--service", "claims", "--json")
    said = await place.payung(*words, module="services.chassis.parked_cli")
    assert (said.code, [each["key"] for each in json.loads(said.out)]) == (0, [str(ANN)]), said.err
