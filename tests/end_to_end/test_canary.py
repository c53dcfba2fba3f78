"""A person's number, name, account and card number, sent through every door, are found nowhere but in the vault.

A door that takes what names a person is a function in DOORS: it sends the canary, rightly and wrongly, and gives the
answers, in which nothing of the canary may stand. Answers whose purpose is to show a person are not given. Add yours
there. Beside that, every operation that a service describes gets the canary in its path, questions, header and body.
"""

import asyncio
import json
import secrets
import signal
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx2
import pytest
from aiokafka import AIOKafkaProducer
from payung_contracts.topics import CLAIM

from services.chassis.vault.erasures import FILE
from tests.end_to_end.canary import Canary, found_anywhere, operations
from tests.end_to_end.conftest import HEIR, KETEWEL, TODAY, Doors, birthday, nik
from tests.sheets import as_csv, as_xlsx
from tests.world import SERVICES, World, until

CANARY = Canary(nik(7_777), "Kenarilangit Swadharmaputri", "7788990011223", "24998877665")
EVERYTHING = "clerk,approver,operator,steward,data_protection,proposer,decider,payer"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
YESTERDAY = TODAY - timedelta(days=1)

Answers = Sequence[httpx2.Response]
Door = Callable[[Doors, Canary, str], Awaitable[Answers]]
"""Sends the canary to a cohort's door and gives the answers."""


async def lists_that_go_in_at_once(doors: Doors, canary: Canary, cohort_id: str) -> Answers:
    row = f"{canary.nik},{canary.name},{birthday(canary.nik)},{KETEWEL}"
    wrong = [
        f"{canary.nik}9,{canary.name},{birthday(canary.nik)},{KETEWEL}",
        f"{canary.nik},{canary.name},{canary.name},{KETEWEL}",
        f"{canary.nik},{canary.name},{birthday(canary.nik)},{canary.nik}",
        f"{canary.name},{canary.nik},{birthday(canary.nik)},{KETEWEL}",
    ]
    people = f"/v1/cohorts/{cohort_id}/workers"
    header = "nik,name,birth_date,village_code\n"
    return [
        await _send(doors, people, header + "\n".join([row, *wrong])),
        await _send(doors, people, header + row + f'\n"{canary.name}'),
        await _send(doors, people, f"{canary.nik},{canary.name}\n{row}"),
        await _send(doors, people, (header + row).encode("utf-16")),
        await _send(doors, f"/v1/cohorts/{cohort_id}/renewals", f"nik\n{canary.nik}\n{canary.name}\n{canary.nik}9"),
        await _send(doors, "/v1/cards", f"nik,handed_on,received_by\n{canary.nik},{TODAY},{canary.name}"),
    ]


async def cards(doors: Doors, canary: Canary, _cohort_id: str) -> Answers:
    worker = await doors.find(canary.nik)
    (coverage,) = worker["coverages"]
    path = f"/v1/coverages/{coverage['coverage_id']}/cards"
    issued = {"issued_on": str(YESTERDAY), "kpj": canary.kpj}
    return [
        await doors.try_post("enrollment", path, role=EVERYTHING, **issued),
        await doors.try_post("enrollment", path, role=EVERYTHING, **issued | {"kpj": canary.kpj + "1"}),
        await doors.try_post("enrollment", "/v1/workers/find-by-kpj", role=EVERYTHING, kpj=canary.kpj),
        await doors.try_post("enrollment", "/v1/workers/find-by-kpj", role=EVERYTHING, kpj=canary.nik),
        await _send(doors, "/v1/issued-cards", f"nik,issued_on,kpj\n{canary.nik},{YESTERDAY},{canary.kpj}1"),
    ]


async def lists_that_are_looked_at_first(doors: Doors, canary: Canary, cohort_id: str) -> Answers:
    row = [canary.nik, canary.name.upper(), f"{birthday(canary.nik):%d/%m/%Y}", KETEWEL]
    others = [
        [canary.nik[:-1], canary.name, canary.name, canary.nik],
        [nik(7_778), f"={canary.name}", f"{birthday(nik(7_778)):%d/%m/%Y}", KETEWEL],
    ]
    answers = []
    for content, kind in ((as_csv([row, *others]), "text/csv"), (as_xlsx([row, *others]), XLSX)):
        path = f"/v1/cohorts/{cohort_id}/batches"
        answers.append(await _send(doors, path, content, kind=kind))
        batch_id = answers[-1].json()["batch_id"]
        answers.append(await _looked_at(doors, batch_id))
        for part in ("rows", "correction"):  # these show the person, to whoever may see it
            shown = await doors.client.get(_url(doors, f"/v1/batches/{batch_id}/{part}"), headers=_as(EVERYTHING))
            assert shown.status_code == 200, shown.text
        answers.append(await doors.try_post("enrollment", f"/v1/batches/{batch_id}/approvals", actor="head"))
    broken = as_xlsx([row])
    answers += [
        await _send(doors, f"/v1/cohorts/{cohort_id}/batches", broken[: len(broken) // 2], kind=XLSX),
        await _send(doors, f"/v1/cohorts/{cohort_id}/batches", canary.name, kind="text/csv"),
    ]
    return answers


async def decrees(doors: Doors, canary: Canary, cohort_id: str) -> Answers:
    content = f"%PDF-1.7\n{canary.name} {canary.nik}\n%%EOF".encode()
    url, headers = (
        _url(doors, f"/v1/cohorts/{cohort_id}/decree-file"),
        _as("clerk") | {"Content-Type": "application/pdf"},
    )
    return [
        await doors.client.put(url, content=content, headers=headers),
        await doors.client.put(url, content=content[5:], headers=headers),  # no decree
    ]


async def texts_that_are_announced(doors: Doors, canary: Canary, cohort_id: str) -> Answers:
    terms: dict[str, Any] = {
        "name": "Petani", "year": TODAY.year, "segment": "BPU", "funding": "APBD", "programmes": ["JKK", "JKM"],
        "legal_bases": [{"title": "SK"}], "covered_from": str(TODAY), "months": 6, "places": 5,
    }  # fmt: skip
    written: list[dict[str, Any]] = [
        {"name": f"Petani {canary.nik}"},
        {"phase": canary.nik},
        {"legal_bases": [{"title": canary.nik}]},
        {"owner_office": canary.nik},
        {"decree": {"number": canary.nik, "signed_on": str(TODAY)}},
    ]
    answers = [await doors.try_post("enrollment", "/v1/cohorts", **terms | other) for other in written]
    handed = {"owner_office": canary.nik}
    answers.append(await doors.try_post("enrollment", f"/v1/cohorts/{cohort_id}/handovers", **handed))
    header = "reference,programme,segment,paid_on,cases,amount_idr,area_code"
    row = f"{canary.nik},JKM,BPU,{YESTERDAY},1,42000000,51.04"
    answers.append(await _send(doors, "/v1/payments", f"{header}\n{row}", service="claims"))
    return answers


async def claims(doors: Doors, canary: Canary, _cohort_id: str) -> Answers:
    worker_id = (await doors.find(canary.nik))["worker_id"]
    accident = {"place": "at_work", "activity": "farming", "witnesses": [canary.name]}
    accident["story"] = f"{canary.name} {canary.nik} {canary.account}"
    fatal = {"programme": "JKK", "died_on": str(YESTERDAY), "circumstances": accident}
    payee = HEIR | {"name": canary.name, "account": canary.account}
    submitted = await doors.claim(worker_id, payee, **fatal)
    path = f"/v1/claims/{submitted['claim_id']}"

    async def send(door: str, role: str, **body: Any) -> httpx2.Response:
        return await doors.try_post("claims", f"{path}/{door}", actor=role, role=role, **body)

    story = await doors.client.get(f"{doors.world.url('claims')}{path}/account", headers=_as("decider"))
    assert story.json() == {"story": accident["story"], "witnesses": accident["witnesses"]}
    answers = [
        httpx2.Response(200, json=submitted),
        await send("circumstances", "proposer", **accident),
        await send("circumstances", "proposer", **accident | {"activity": canary.name, canary.name: 1}),
        await send("documents", "proposer", documents=[{"code": canary.nik}, {"code": canary.name.upper()}]),
        await send("findings", "proposer", died_on=str(YESTERDAY), injuries=[{"code": canary.nik}]),
        await send("submission", "proposer", payees=[payee | {canary.account: 1}]),
        await send("payees", "proposer", payees=[payee | {"born_on": str(birthday(canary.nik))}]),
        await send("pending", "proposer", reasons=[canary.name]),
        await send("decision", "decider"),
        await send("payment-order", "payer"),
    ]
    (payment,) = answers[-1].json()["payments"]
    file = await doors.client.get(doors.world.url("claims") + "/v1/payment-orders.csv", headers=_as("payer"))
    assert all(secret in file.text for secret in (canary.name, canary.account))
    bank = "payment_id,status,settled_on,amount_idr,bank_reference,code"
    wrong = [
        f"{canary.account},paid,{TODAY},1,B-1,",
        f"{payment['payment_id']},{canary.name},{TODAY},1,B-2,",
        f"{payment['payment_id']},paid,{TODAY},1,{canary.nik},",
        f"{payment['payment_id']},returned,{TODAY},1,B-3,{canary.name}",
        f"{payment['payment_id']},paid,{TODAY},{payment['ordered_idr']},B-4,",
    ]
    texts = ("\n".join((bank, *wrong)), f'{bank}\n{wrong[0]}\n"{canary.name}', f"{canary.name},{canary.nik}\n")
    reconciliation = "/v1/payments/reconciliation"
    answers += [await _send(doors, reconciliation, text, service="claims", actor="payer") for text in texts]
    assert [answers[-3].json()[name] for name in ("paid", "rejected_rows")] == [1, 4]
    confirmed = {"paid_on": str(TODAY), "amount_idr": 1, "bank_reference": canary.nik}
    answers.append(await send(f"payments/{payment['payment_id']}/confirmation", "payer", **confirmed))
    return answers


async def extracts(doors: Doors, canary: Canary, _cohort_id: str) -> Answers:
    worker_id = (await doors.find(canary.nik))["worker_id"]
    for service, secret in (("enrollment", canary.name), ("claims", canary.account)):
        path = f"/v1/workers/{worker_id}/extracts"
        shown = await doors.try_post(service, path, role="data_protection", purpose="person_asked")
        assert secret in shown.text
    return [await doors.client.get(_url(doors, "/v1/reads"), headers=_as("data_protection"))]


async def who_looks_alike(doors: Doors, canary: Canary, cohort_id: str) -> Answers:
    twin = nik(7_776)
    rows = f"nik,name,birth_date,village_code\n{twin},{canary.name},{birthday(twin)},{KETEWEL}"
    answers = [
        await _send(doors, f"/v1/cohorts/{cohort_id}/workers", rows),
        await doors.try_post("enrollment", "/v1/candidates/searches", role=EVERYTHING),
    ]
    listed = await doors.client.get(_url(doors, "/v1/candidates"), headers=_as(EVERYTHING))
    for found in listed.json()["rows"]:  # a view shows both, to whoever may see it
        await doors.try_post("enrollment", f"/v1/candidates/{found['candidate_id']}/views", role=EVERYTHING)
    return [*answers, listed]


async def the_command_line(doors: Doors, canary: Canary, cohort_id: str) -> Answers:
    file = doors.world.folder / "list.csv"
    header, by = "nik,name,birth_date,village_code\n", ("--by", "somebody")

    async def payung(*arguments: str, exits: tuple[int, ...], typed: str = "") -> httpx2.Response:
        ran = await asyncio.to_thread(doors.world.payung, *arguments, typed=typed)
        assert ran.returncode in exits, (arguments, ran.stdout, ran.stderr)
        return httpx2.Response(200, text=ran.stdout + ran.stderr)

    file.write_text(f"{header}{canary.nik}7,{canary.name},{birthday(canary.nik)},{KETEWEL}\n")
    try:
        return [
            await payung("enrollment", "register", cohort_id, str(file), *by, exits=(3,)),
            await payung("import", str(file), "--cohort", cohort_id, *by, "--watch", exits=(0, 3)),
            await payung("enrollment", "workers", "find", *by, typed=f"{canary.nik}\n", exits=(0,)),
            await payung("enrollment", "workers", "find", *by, typed=f"{canary.nik}7\n", exits=(1, 2, 3)),
        ]
    finally:
        file.unlink()


DOORS: list[Door] = [
    lists_that_go_in_at_once,
    cards,
    lists_that_are_looked_at_first,
    decrees,
    texts_that_are_announced,
    who_looks_alike,
    claims,
    extracts,
    the_command_line,
]


async def test_what_names_a_person_is_found_nowhere_but_in_the_vault(doors: Doors, world: World) -> None:
    cohort_id = await doors.approve(name="Canary")
    for door in DOORS:
        for answer in await door(doors, CANARY, cohort_id):
            assert CANARY.in_(door.__name__, answer.content) == [], answer.text
            assert answer.status_code < 500, (door.__name__, answer.text)
    for service in SERVICES:
        await _knock(doors, service)
    await _all_has_arrived(doors)
    assert await found_anywhere(world, CANARY) == [[]]


async def test_a_canary_that_was_planted_is_found_wherever_it_is(world: World) -> None:
    planted = Canary(nik(8_888), "Burungmerak Cendrawasihwati", "6677889900112", "24111222333")
    connection = await asyncpg.connect(world.dsn("claims"))
    await connection.execute("create table planted (as_text text, as_bytes bytea, as_json jsonb)")
    name, number = planted.name, planted.nik
    await connection.execute("insert into planted values ($1, $2, $3)", name, number.encode(), json.dumps([number]))
    await connection.close()
    producer = AIOKafkaProducer(bootstrap_servers=world.kafka.address)
    await producer.start()
    await producer.send_and_wait(CLAIM.name, b"x", key=b"x", headers=[("ce_type", planted.account.encode())])
    await producer.stop()
    with (world.folder / "enrollment-all.log").open("a") as log:
        log.write(f"{planted.name.upper()}\n")
    left = world.folder / "temporary" / "left-behind"
    left.write_text(planted.kpj)
    stranger = Canary(nik(9_999), "Xyzzyplugh Quuxfrobnitz", "123123123123", "24000999888")
    found, nothing = await found_anywhere(world, planted, stranger)
    places, whats = {one.rpartition(": ")[0] for one in found}, {one.rpartition(": ")[2] for one in found}
    assert places >= {"claims.public.planted", CLAIM.name, "enrollment-all.log", "temporary/left-behind"}
    assert whats >= {"name", "nik", "nik in hexadecimal", "account", "kpj", "word 0"}
    assert nothing == []


@pytest.mark.parametrize("service", ["enrollment", "claims"])
async def test_an_erasure_that_was_killed_in_the_middle_is_brought_to_its_end(
    doors: Doors, world: World, service: str
) -> None:
    cohort_id, number = await doors.approve(name=f"Erased {service}"), nik(5_000 + len(service))
    await doors.enroll(cohort_id, [number])
    worker_id = (await doors.find(number))["worker_id"]
    path = f"/v1/claims/{(await doors.claim(worker_id, HEIR))['claim_id']}"
    await doors.post("claims", f"{path}/decision", actor="decider", role="decider")
    await doors.post(
        "claims", f"{path}/death-retraction", actor="decider-2", role="decider"
    )  # void: nothing is owed any more

    keys, holder = [await asyncpg.connect(world.dsn(f"{service}_keys")) for _ in range(2)]
    held = holder.transaction()
    await held.start()
    await holder.execute("lock table person_key in exclusive mode")  # the erasure gets as far as the key, and stands
    erasing = asyncio.create_task(
        doors.try_post(
            "enrollment", f"/v1/workers/{worker_id}/erasures", role="data_protection", reason="court_order", force=True
        )
    )

    async def stands() -> bool:
        assert service == "claims" or not erasing.done(), erasing.result().text
        return bool(
            await keys.fetchval(
                "select exists (select from pg_stat_activity where datname = current_database()"
                " and wait_event_type = 'Lock' and query like 'delete from person_key%')"
            )
        )

    await until(stands, "the erasure waits for the key")
    world.signal(f"{service}/all", signal.SIGKILL)
    await held.rollback()
    if service == "enrollment":
        with pytest.raises(httpx2.HTTPError):
            await erasing
    else:
        assert (await erasing).status_code == 201
    world.start(service)
    await world.ready(service)

    async def gone() -> bool:
        for each in ("enrollment", "claims"):
            url = f"{world.url(each)}/v1/workers/{worker_id}/erasures"
            proof = (await doors.client.get(url, headers=_as("data_protection"))).json()
            if "left" not in proof or set(proof["left"].values()) != {0} or not proof["settled_at"]:
                return False
        return True

    await until(gone, "nothing is left in both vaults")
    await keys.close()
    await holder.close()
    for each in ("enrollment", "claims"):
        lines = (world.folder / "erasures" / each / FILE).read_text().splitlines()
        assert sum(worker_id in json.loads(line)["erased"]["person_id"] for line in lines) == 1, "listed once"
    ledger = await asyncpg.connect(world.dsn("enrollment"))
    told = "select count(*) from ledger where key = $1::text::uuid and type = 'enrollment.worker_erased.v1'"
    assert await ledger.fetchval(told, worker_id) == 1
    await ledger.close()
    assert (await doors.try_post("enrollment", "/v1/workers/find", nik=number)).status_code == 404


async def test_the_wrapping_key_is_changed_as_the_operators_are_told(doors: Doors, world: World) -> None:
    cohort_id, known, came = await doors.approve(name="Keys"), nik(6_000), nik(6_001)
    await doors.enroll(cohort_id, [known])
    file = world.folder / "enrollment" / "wrapping.key"
    old, new = file.read_text().strip(), secrets.token_hex(32)
    file.write_text(f"{new}\n{old}\n")
    early = await asyncio.to_thread(world.payung, "enrollment", "keys", "rewrap")
    assert early.returncode == 0, early.stderr
    refused = await doors.try_post("enrollment", "/v1/workers/find", nik=known)
    assert refused.status_code == 503, "a process that was not restarted says so"
    assert "wrapping key" in refused.text
    await _restarted(world)
    assert (await doors.find(known))["worker_id"]
    await doors.enroll(cohort_id, [came])
    again = await asyncio.to_thread(world.payung, "enrollment", "keys", "rewrap")
    assert (again.returncode, again.stdout.splitlines()[0].split()[0]) == (0, "0"), again.stderr
    file.write_text(f"{new}\n")
    await _restarted(world)
    for number in (known, came):
        assert (await doors.find(number))["worker_id"]
    renewed = await asyncio.to_thread(
        world.payung, "enrollment", "keys", "renew", (await doors.find(known))["worker_id"], "--by", "officer"
    )
    assert renewed.returncode == 0, renewed.stderr
    assert (await doors.find(known))["worker_id"]


async def _restarted(world: World) -> None:
    world.signal("enrollment/all", signal.SIGTERM)
    world.start("enrollment")
    await world.ready("enrollment")


async def _knock(doors: Doors, service: str) -> None:
    """Send the canary to every operation that the service describes, in every place where something can stand."""
    url = doors.world.url(service)
    openapi = (await doors.client.get(f"{url}/openapi.json")).text
    for method, path, operation in operations(openapi):
        at = path.replace("{", "\0").replace("}", "\0").split("\0")
        for value in (CANARY.nik, str(uuid4())) if len(at) > 1 else (CANARY.name,):
            target = url + "".join(part if n % 2 == 0 else value for n, part in enumerate(at))
            known = {one["name"]: value for one in operation.get("parameters", ()) if one["in"] == "query"}
            for question, body in (
                (known, json.dumps({CANARY.nik: 1, "nik": value, "name": CANARY.name})),
                ({CANARY.nik: value}, f'{{"{CANARY.name}": {CANARY.nik}'),
                ({}, json.dumps(dict.fromkeys(_fields(operation, openapi), CANARY.nik))),
                ({}, json.dumps([CANARY.name, CANARY.nik])),
            ):
                headers = _as(EVERYTHING) | {"Content-Type": "application/json", "Idempotency-Key": CANARY.nik}
                answer = await doors.client.request(method, target, params=question, content=body, headers=headers)
                assert CANARY.in_(f"{method} {path}", answer.content) == [], answer.text
                assert answer.status_code < 500, (method, path, answer.text)


def _fields(operation: dict[str, Any], openapi: str) -> list[str]:
    """Name the fields of an operation's body."""
    schemas = json.loads(openapi).get("components", {}).get("schemas", {})
    bodies = operation.get("requestBody", {}).get("content", {}).values()
    names = [body["schema"].get("$ref", "").rpartition("/")[2] for body in bodies]
    return [field for name in names for field in schemas.get(name, {}).get("properties", {})]


async def _all_has_arrived(doors: Doors) -> None:
    """Wait until reporting has read what stands in the ledgers by now."""
    for service in ("enrollment", "claims"):
        database = await asyncpg.connect(doors.world.dsn(service))
        last = await database.fetchval("select max(pos) from ledger")

        async def sent(database: asyncpg.Connection = database, last: int = last) -> bool:
            return bool(await database.fetchval("select sent_pos >= $1 from relay_state", last))

        await until(sent, f"{service} has sent its facts")
        await database.close()


async def _looked_at(doors: Doors, batch_id: str) -> httpx2.Response:
    """Wait until a list has been read."""

    async def read() -> httpx2.Response | None:
        answer = await doors.client.get(_url(doors, f"/v1/batches/{batch_id}"), headers=_as(EVERYTHING))
        return answer if answer.json()["state"] in {"awaiting_approval", "failed"} else None

    found: httpx2.Response = await until(read, "the list has been read")
    return found


async def _send(
    doors: Doors,
    path: str,
    content: str | bytes,
    *,
    kind: str = "text/csv",
    service: str = "enrollment",
    actor: str = "clerk",
) -> httpx2.Response:
    sent = content.encode() if isinstance(content, str) else content
    headers = _as(EVERYTHING) | {"Content-Type": kind, "Payung-Actor": actor}
    return await doors.client.post(doors.world.url(service) + path, content=sent, headers=headers)


def _url(doors: Doors, path: str) -> str:
    return doors.world.url("enrollment") + path


def _as(roles: str) -> dict[str, str]:
    return {"Payung-Actor": roles.partition(",")[0], "Payung-Roles": roles}
