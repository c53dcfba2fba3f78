"""Questions over HTTP: figures, what they count, how complete they are; odd questions are refused."""

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from payung_contracts.enrollment import CoverageStarted, CoverageVoided
from payung_contracts.topics import COVERAGE

from services.chassis.postgres import Pool
from services.reporting.app import make_app
from tests.integration.reporting.conftest import NOON, Log, read
from tests.unit.reporting.calendar_model import BATUBULAN, KETEWEL

ANNA, BUDI = UUID(int=1), UUID(int=2)
MARCH, JUNE = date(2026, 3, 1), date(2026, 6, 1)
TARGETS = Path(__file__).parents[3] / "deploy" / "scenarios" / "gianyar" / "inputs" / "targets.csv"
HEADER = "id,name,value,unit,scope,area_code,definition,valid_on,source,source_date"


def started(village: str = BATUBULAN, segment: Any = "BPU", coverage_id: UUID = ANNA) -> CoverageStarted:
    return CoverageStarted(
        coverage_id=coverage_id,
        cohort_id=uuid4(),
        segment=segment,
        funding="APBD",
        village_code=village,
        programmes=("JKK", "JKM"),
        covered_from=MARCH,
        covered_until=JUNE,
    )


async def two_people(pool: Pool) -> Log:
    log = Log()
    log.publish(COVERAGE, ANNA, started())
    log.publish(COVERAGE, BUDI, started(KETEWEL, "PU", BUDI))
    log.complete()
    await read(pool, log)
    return log


async def test_an_answer_says_what_it_counts_and_that_it_is_final(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = await two_people(pool)
    asked = {"as_of": "2026-03-31", "known_at": log.now.isoformat(), "by": ["segment", "village"]}
    answer = (await http.get("/v1/protected", params=asked)).json()
    assert answer["figures"] == [
        {"segment": "BPU", "village": BATUBULAN, "village_name": "Batubulan", "people": 1},
        {"segment": "PU", "village": KETEWEL, "village_name": "Ketewel", "people": 1},
    ]
    assert (answer["total"], answer["unit"], answer["as_of"]) == (2, "people", "2026-03-31")
    assert answer["final"] is True
    assert answer["definition"].keys() == answer["why"].keys() == {"indonesian", "english"}
    assert [mark["source"] for mark in answer["watermarks"]] == ["claims", "enrollment"]
    assert answer["age_seconds"] >= 0
    assert (answer["projection_version"], answer["withheld_keys"]) == (1, 0)


async def test_parts_add_up_to_the_total(pool: Pool, http: httpx2.AsyncClient) -> None:
    await two_people(pool)
    for by in ("segment", "funding", "village", "district", "regency"):
        answer = (await http.get("/v1/protected", params={"as_of": "2026-03-31", "by": by})).json()
        assert sum(figure["people"] for figure in answer["figures"]) == answer["total"] == 2
    district = (await http.get("/v1/protected", params={"as_of": "2026-03-31", "by": "district"})).json()
    assert district["figures"] == [{"district": "51.04.01", "district_name": "Sukawati", "people": 2}]


async def test_a_line_through_time_says_which_days_are_a_forecast(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = await two_people(pool)
    asked = {"from": "2026-02-28", "until": "2026-07-01", "known_at": log.now.isoformat(), "area": KETEWEL}
    answer = (await http.get("/v1/protected-over-time", params=asked)).json()
    assert answer["figures"] == [
        {"day": day, "segment": "PU", "people": 1, "forecast": True}
        for day in ("2026-03-31", "2026-04-30", "2026-05-31")
    ]
    assert (answer["total"], answer["final"]) == (None, True)
    daily = {"from": "2026-05-30", "until": "2026-06-02", "every": "day"}
    days = (await http.get("/v1/protected-over-time", params=daily)).json()["figures"]
    assert [(row["day"], row["people"], row["forecast"]) for row in days] == [
        (day, 1, False) for day in ("2026-05-30", "2026-05-30", "2026-05-31", "2026-05-31")
    ]
    by_funding = daily | {"until": "2026-05-31", "by": "funding"}
    for only, people in (({}, 2), ({"segment": "PU"}, 1), ({"funding": "APBD"}, 2)):
        (row,) = (await http.get("/v1/protected-over-time", params={**by_funding, **only})).json()["figures"]
        assert row == {"day": "2026-05-30", "funding": "APBD", "people": people, "forecast": False}
    assert (await http.get("/v1/protected-over-time", params=by_funding | {"funding": "SELF"})).json()["figures"] == []
    too_long = await http.get("/v1/protected-over-time", params=daily | {"from": "2020-01-01"})
    assert (too_long.status_code, too_long.json()["errors"][0]["code"]) == (422, "too_many")


async def test_filters_narrow_and_do_not_widen(pool: Pool, http: httpx2.AsyncClient) -> None:
    await two_people(pool)
    for asked, people in (
        ({"segment": "PU"}, 1),
        ({"segment": "JAKON"}, 0),
        ({"area": BATUBULAN}, 1),
        ({"area": "51.04"}, 2),
        ({"area": "51.03"}, 0),
        ({"funding": ["APBD", "SELF"]}, 2),
        ({"funding": "SELF"}, 0),
    ):
        answer = await http.get("/v1/protected", params={"as_of": "2026-03-31", **asked})
        assert answer.json()["total"] == people, asked


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("protected", {"by": "colour"}),
        ("protected", {"segment": "bpu"}),
        ("protected", {"funding": ""}),
        ("protected", {"area": "51.04.01.20"}),
        ("protected", {"area": ""}),
        ("protected", {"area": "%"}),
        ("protected", {"vilage": BATUBULAN}),
        ("protected", {"known_at": "2026-03-31T00:00:00"}),
        ("protected", {"as_of": "31-03-2026"}),
        ("protected", {"after": "weather:1"}),
        ("protected", {"after": "enrollment:1; drop table"}),
        ("memberships", {"by": "segment"}),
        ("claims-paid", {"from": "2026-01-01"}),
        ("claims-paid", {"from": "2026-01-02", "until": "2026-01-02"}),
        ("claims-paid", {"from": "2026-01-01", "until": "2026-02-01", "by": "year"}),
        ("claims-decided", {"from": "2026-01-01", "until": "2026-02-01", "by": "component"}),
        ("claims-overdue", {"by": "month"}),
        ("died-without-claim", {"area": "51.4"}),
        ("died-without-claim/workers", {"by": "village"}),
        ("expiries", {"from": "2026-02-01", "until": "2026-01-01"}),
        ("commitments", {"year": "0"}),
        ("coverage-ratio", {"as_of": "2026-03-31"}),
        ("coverage-ratio", {"denominator": "everybody"}),
        ("coverage-ratio", {"denominator": "everybody", "area": "51.04"}),
        ("watermark", {"by": "source"}),
        ("watermark", {"known_at": "9999-12-31T23:59:59-12:00"}),
        ("watermark", {"known_at": "0001-01-01T00:00:00+14:00"}),
        ("watermark", {"snapshot": "1@9999-12-31T23:59:59.999999Z"}),
        ("protected/changes", {"since": "0001-01-01T00:00:00Z"}),
        ("commitments", {"as_of": "9999-12-31"}),
        ("churn", {"from": "0001-01-01", "until": "0001-02-01"}),
        ("churn", {"from": "2026-01-01", "until": "9999-12-31"}),
    ],
)
async def test_an_odd_question_is_refused_and_never_answered_with_everything(
    pool: Pool, http: httpx2.AsyncClient, question: str, asked: dict[str, str]
) -> None:
    await two_people(pool)
    answer = await http.get(f"/v1/{question}", params=asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert "figures" not in answer.json()


async def test_an_answer_is_final_only_when_all_sources_are_complete(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    known_at = log.publish(COVERAGE, ANNA, started())

    async def answer() -> dict[str, Any]:
        await read(pool, log)
        asked = {"as_of": "2026-03-31", "known_at": known_at.isoformat()}
        found: dict[str, Any] = (await http.get("/v1/protected", params=asked)).json()
        return found

    told = await answer()
    assert (told["final"], told["age_seconds"]) == (False, None)
    log.tick("enrollment", known_at)
    assert "claims" in (await answer())["why"]["english"]
    log.tick("claims", known_at - timedelta(microseconds=1))
    assert (await answer())["final"] is False
    log.tick("claims", known_at)
    assert (await answer())["final"] is True
    assert (await http.get("/v1/protected", params={"as_of": "2026-03-31"})).json()["final"] is False


async def test_a_snapshot_has_one_answer_for_ever_or_none(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = await two_people(pool)
    final = (await http.get("/v1/protected", params={"as_of": "2026-03-31", "known_at": log.now.isoformat()})).json()
    snapshot = final["snapshot"]
    assert snapshot == "1@2026-01-01T04:00:02.000000Z"
    live = (await http.get("/v1/protected", params={"as_of": "2026-03-31"})).json()
    assert (live["snapshot"], datetime.fromisoformat(live["final_until"])) == (None, log.now)
    log.publish(COVERAGE, BUDI, CoverageVoided(coverage_id=BUDI, reason="entered_twice"))
    await read(pool, log)

    async def asked(**more: str) -> tuple[int, Any]:
        answer = await http.get("/v1/protected", params={"as_of": "2026-03-31", **more})
        told = answer.json()
        return answer.status_code, told.get("code", told.get("total"))

    assert await asked() == (200, 1)
    assert await asked(snapshot=snapshot) == (200, 2)
    assert await asked(snapshot=snapshot.replace(":02", ":03")) == (409, "snapshot_not_final")
    assert await asked(snapshot=snapshot.replace("1@", "2@")) == (422, "snapshot_of_other_version")
    for odd in ({"snapshot": snapshot, "known_at": log.now.isoformat()}, {"snapshot": "1@2026-13-01T04:00:02.000000Z"}):
        assert (await asked(**odd))[0] == 422
    dated = (await http.get("/v1/protected", params={"snapshot": snapshot})).json()
    assert (dated["as_of"], dated["total"]) == ("2026-01-01", 0)
    assert (await http.get("/v1/targets", params={"snapshot": snapshot})).status_code == 409


async def test_a_tick_counts_only_when_its_facts_are_applied(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    log.publish(COVERAGE, ANNA, started())
    log.complete()
    fact = log.records.pop(0)
    await read(pool, log)
    asked = {"as_of": "2026-03-31", "known_at": NOON.isoformat()}
    assert (await http.get("/v1/protected", params=asked)).json()["final"] is False
    log.records.append(fact)
    await read(pool, log)
    assert (await http.get("/v1/protected", params=asked)).json()["final"] is True


async def test_an_answer_is_not_final_from_the_first_withheld_fact_on(pool: Pool, http: httpx2.AsyncClient) -> None:
    log = Log()
    before = log.publish(COVERAGE, ANNA, started())
    parked_at = log.publish_raw(COVERAGE, BUDI, "enrollment.coverage_started.v1", b"{}")
    log.complete()
    await read(pool, log)
    asked = [{"known_at": at.isoformat()} for at in (before, parked_at)]
    told = [(await http.get("/v1/protected", params=each)).json() for each in asked]
    assert [(each["final"], each["withheld_keys"]) for each in told] == [(True, 1), (False, 1)]


async def test_a_question_waits_for_the_facts_of_a_command(pool: Pool) -> None:
    log = Log()
    log.tick("enrollment", log.now, snapshot="7:9:7")
    await read(pool, log)
    transport = httpx2.ASGITransport(app=make_app(pool, include_s_max=0.1))
    async with httpx2.AsyncClient(transport=transport, base_url="http://reporting") as http:
        for txid, status in ((6, 200), (7, 409), (8, 200), (9, 409)):
            by_query = await http.get("/v1/watermark", params={"after": f"enrollment:{txid}"})
            by_header = await http.get("/v1/watermark", headers={"Payung-Consistency": f"enrollment:{txid}"})
            assert (by_query.status_code, by_header.status_code) == (status, status)
        assert (await http.get("/v1/watermark", params={"after": "claims:1"})).status_code == 409
        assert (await http.get("/v1/watermark", params={"after": "billing:1"})).status_code == 422


async def test_a_ratio_stands_beside_its_denominator(pool: Pool, http: httpx2.AsyncClient) -> None:
    await two_people(pool)
    header = f"{HEADER},name_english,scope_english,definition_english"
    stated = 'workers,Pekerja,3,workers,"Gianyar, semua",51.04,semua pekerja,2026-03-01,BPS,2026-02-01'
    file = f"{header}\n{stated},Workers,,all workers\n"
    taken = await http.put("/v1/targets", content=file)
    assert taken.json() == {"rows": 1, "new": 1, "changed": 0, "unchanged": 0}
    asked = {"as_of": "2026-03-31", "denominator": "workers"}
    answer = (await http.get("/v1/coverage-ratio", params=asked)).json()
    assert (answer["total"], answer["unit"]) == (66.67, "percent")
    assert (answer["figures"][0]["people"], answer["figures"][0]["area"]) == (2, "51.04")
    denominator = answer["figures"][0]["denominator"]
    assert datetime.fromisoformat(denominator.pop("taken_in_at")).tzinfo is not None
    assert denominator == {
        "id": "workers",
        "version": 1,
        "name": "Pekerja",
        "value": 3,
        "unit": "workers",
        "scope": "Gianyar, semua",
        "area_code": "51.04",
        "definition": "semua pekerja",
        "valid_on": "2026-03-01",
        "source": "BPS",
        "source_date": "2026-02-01",
        "english": {"name": "Workers", "scope": None, "definition": "all workers"},
    }
    page = (await http.get("/pages/targets", params={"as_of": "2026-03-31", "lang": "en"})).text
    assert all(words in page for words in (">Workers<", ">all workers<", ' lang="id">Gianyar, semua<', "66.67"))
    without = (await http.put("/v1/targets", content=f"{HEADER}\n{stated}\n")).json()
    assert (without["changed"], (await http.get("/v1/targets")).json()["figures"][0]["english"]["name"]) == (1, None)


async def test_a_ratio_is_final_only_in_a_named_version_of_its_denominator(
    pool: Pool, http: httpx2.AsyncClient
) -> None:
    log = await two_people(pool)
    row = "workers,Pekerja,{},workers,Gianyar,51.04,all workers,2026-03-01,BPS,2026-02-01"
    known = {"as_of": "2026-03-31", "known_at": log.now.isoformat()}
    newest, named = known | {"denominator": "workers"}, known | {"denominator": "workers", "version": "1"}
    for value, percent in ((4, 50.0), (8, 25.0)):
        await http.put("/v1/targets", content=f"{HEADER}\n{row.format(value)}\n")
        told = (await http.get("/v1/coverage-ratio", params=newest)).json()
        assert (told["total"], told["final"]) == (percent, False)
        assert "version" in told["why"]["english"]
        assert "versi" in told["why"]["indonesian"]
        told = (await http.get("/v1/coverage-ratio", params=named)).json()
        assert (told["total"], told["final"]) == (50.0, True)
    at_once = known | {"denominator": "workers@1"}
    assert (await http.get("/v1/coverage-ratio", params=at_once)).json()["total"] == 50.0
    twice = (await http.get("/v1/coverage-ratio", params=at_once | {"version": "2"})).json()
    assert (twice["code"], twice["errors"][0]["code"]) == ("invalid", "denominator_and_version")
    plus = (await http.get("/v1/protected?known_at=2026-03-31T08:00:00+08:00")).json()["errors"][0]
    assert ("%2B08:00" in plus["reason"], "%2B08:00" in plus["indonesian"]) == (True, True)
    del named["known_at"]
    assert (await http.get("/v1/coverage-ratio", params=named)).json()["final"] is False
    odd = await http.get("/v1/coverage-ratio", params=newest | {"version": "3"})
    assert (odd.status_code, odd.json()["code"], "penyebut" in odd.json()["indonesian"]) == (
        422,
        "denominator_unknown",
        True,
    )
    targets = (await http.get("/v1/targets", params={"known_at": known["known_at"]})).json()
    assert (targets["final"], targets["figures"][0]["version"]) == (False, 2)
    assert "known-at time" in targets["why"]["english"]


async def test_a_ratio_counts_only_the_people_of_its_denominator_s_area(pool: Pool, http: httpx2.AsyncClient) -> None:
    await two_people(pool)
    rest = "all,2026-03-01,BPS,2026-02-01"
    areas = {"village": (BATUBULAN, 10.0), "district": ("51.04.01", 20.0), "province": ("51", 20.0)}
    areas["elsewhere"] = ("51.03", 0.0)
    lines = [f"{name},{name},10,workers,{name},{code},{rest}" for name, (code, _) in areas.items()]
    taken = await http.put("/v1/targets", content="\n".join([HEADER, *lines]))
    assert taken.status_code == 200, taken.text
    for name, (_, percent) in areas.items():
        asked = {"as_of": "2026-03-31", "denominator": name}
        assert (await http.get("/v1/coverage-ratio", params=asked)).json()["total"] == percent, name


async def test_a_target_whose_scope_is_no_area_makes_no_ratio(pool: Pool, http: httpx2.AsyncClient) -> None:
    await two_people(pool)
    await http.put("/v1/targets", content=TARGETS.read_bytes())
    shown = (await http.get("/v1/targets")).json()["figures"]
    assert {each["id"]: (each["value"], each["area_code"]) for each in shown} == {
        "branch-bali-denpasar-2024": (433_000, None),
        "gianyar-workers-2025-09": (198_628, "51.04"),
    }
    answer = await http.get("/v1/coverage-ratio", params={"denominator": "branch-bali-denpasar-2024"})
    assert (answer.status_code, answer.json()["code"]) == (422, "target_without_area")
    assert "Bali Denpasar" in answer.json()["english"]
    assert "area_code" in answer.json()["indonesian"]
    assert "figures" not in answer.json()


async def test_the_same_targets_again_change_nothing_and_a_change_is_a_version(http: httpx2.AsyncClient) -> None:
    rest = "workers,here,,all,2026-01-01,BPS,2026-01-01"
    file = f"{HEADER}\na,A,1,{rest}\nb,B,2,{rest}\n"
    placed = file.replace("B,2,workers,here,", "B,2,workers,here,51.04")
    told = [(await http.put("/v1/targets", content=sent)).json() for sent in (file, file, placed)]
    assert [(each["new"], each["changed"], each["unchanged"]) for each in told] == [(2, 0, 0), (0, 0, 2), (0, 1, 1)]
    newest = (await http.get("/v1/targets")).json()["figures"]
    assert [(each["id"], each["version"], each["area_code"]) for each in newest] == [("a", 1, None), ("b", 2, "51.04")]


async def test_a_file_of_targets_goes_in_whole_or_not_at_all(http: httpx2.AsyncClient) -> None:
    good = "a,A,1,workers,here,,all,2026-01-01,BPS,2026-01-01"
    bad = "b,B,1.5,workers,,51.4,all,2026-02-30,BPS,2026-01-01"
    answer = await http.put("/v1/targets", content=f"{HEADER}\n{good}\n{bad}\n{good}\n")
    assert answer.status_code == 422
    assert sorted((each["row"], each["column"], each["code"]) for each in answer.json()["errors"]) == [
        (2, "id", "id_repeated"),
        (3, "area_code", "area_unknown"),
        (3, "scope", "empty"),
        (3, "valid_on", "date_malformed"),
        (3, "value", "value_not_whole"),
        (4, "id", "id_repeated"),
    ]
    assert all(each["indonesian"] and each["english"] for each in answer.json()["errors"])
    assert answer.json()["code"] == "targets_refused"
    unfit = [good.replace("a,A", f"{odd},A") for odd in ("a@b", "a" * 201, "a\x1fb", "a\x7f")]
    answer = await http.put("/v1/targets", content="\n".join([HEADER, *unfit]))
    assert [each["code"] for each in answer.json()["errors"]] == ["id_unfit"] * 4
    assert (await http.get("/v1/targets")).json()["figures"] == []
    for content in (b"", b"\xff", b"id,name\n", f"{HEADER}\n\0\n".encode()):
        assert (await http.put("/v1/targets", content=content)).status_code == 422
    assert (await http.put("/v1/targets", content=b"x" * (1024 * 1024 + 1))).status_code == 413


async def test_the_scenario_s_targets_are_taken_in(http: httpx2.AsyncClient) -> None:
    answer = await http.put("/v1/targets", content=TARGETS.read_bytes())
    assert answer.status_code == 200, answer.text


async def test_every_question_is_answered_on_an_empty_database(http: httpx2.AsyncClient) -> None:
    period = {"from": "2026-01-01", "until": "2027-01-01"}
    for question, asked in (
        ("protected", {"by": "village"}),
        ("memberships", {"by": "cohort"}),
        ("expiries", period),
        ("commitments", {}),
        ("claims-paid", period),
        ("claims-decided", period),
        ("claims-voided", period),
        ("time-to-payment", period),
        ("claims", {}),
        ("claims-overdue", {}),
        ("obligations", {}),
        ("reviews", {}),
        ("died-without-claim", {}),
        ("paid-after-death", {}),
        ("cards", period),
        ("cards-issued", period),
        ("funnel", {"by": "village"}),
        ("cohorts", {"state": "open"}),
        ("places-reallocated", {}),
        ("double-funding", {}),
        ("legal-bases", {}),
        ("targets", {}),
        ("watermark", {}),
    ):
        answer = await http.get(f"/v1/{question}", params=asked)
        assert answer.status_code == 200, answer.text
        assert answer.json()["final"] is False
    contents = await http.get("/")
    assert "/v1/protected" in contents.text
    assert (await http.get("/openapi.json")).status_code == 200
    assert (await http.get("/health/ready")).status_code == 200
