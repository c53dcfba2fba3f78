"""The statement as a family reads it: all that was decided, whom it names; and nothing in it runs or is fetched."""

import re
from base64 import b64encode
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from uuid import UUID

import pytest

from services.claims import domain
from services.claims.claim import Claim, Findings, Injury, Payee, Transport
from services.claims.commands import Find, Pay, Pend, Reopen
from services.claims.reasons import PEND_REASONS
from services.claims.rules import base_book
from services.claims.statement import words
from services.claims.statement.content import Person, content
from services.claims.statement.page import POLICY, page
from services.claims.statement.words import LANGUAGES, Language
from tests.unit.claims.cases import (
    COVERED,
    INJURED,
    KETUT,
    MADE,
    NYOMAN,
    PRIESTS,
    PUTU,
    TEMPLE,
    TODAY,
    UNCOVERED,
    asked,
    claim_in,
    cover_after,
    day,
    decide_on,
    everything,
    order_on,
    reopened,
    reported,
    started,
    submit,
)
from tests.unit.claims.questions import child

BOOK = base_book()
WIFE, SON, DAUGHTER = (UUID(int=0xE100 + number) for number in range(3))
HEIRS = (
    Payee(WIFE, "spouse", (1, 2)),
    Payee(SON, "child", (1, 4), guardian=True, born_on=day("2016-05-01")),
    Payee(DAUGHTER, "child", (1, 4), guardian=True, born_on=day("2022-09-01")),
)
YOUNG = cover_after(started("2025-09-01", None))
"""Cover of less than three months: the funeral only."""
TWICE_COVERED = cover_after(
    started("2021-01-01", "2026-01-01"),
    started("2021-03-01", None, coverage_id=TEMPLE, cohort_id=PRIESTS),
)
PEOPLE: dict[UUID, Person] = {
    WIFE: {"name": "Ni Luh Contoh <script>alert(1)</script>", "bank": "BPD & Bali", "account": "0100200300-4567"},
    SON: {"name": "Ni Luh Contoh", "bank": "BPD", "account": "12"},
}


def decided_for_heirs() -> Claim:
    """Two memberships and two children; the widow's part was paid, those of the children are on their way."""
    children = (child(1, "2016-05-01", (2025, "SD")), child(2, "2022-09-01"))
    claim = asked(domain.begin(reported()), Find(PUTU, Findings(children=children), BOOK, TODAY))
    claim = asked(claim, everything(claim), submit(*HEIRS), decide_on(TWICE_COVERED), order_on())
    first = claim.payments[0]
    return asked(claim, Pay(KETUT, first.payment_id, TODAY, first.ordered_idr, "line 1", TODAY))


def decided_for_worker() -> Claim:
    found = Findings(
        medical_idr=3_456_789,
        transport=(Transport("sea", 2_500_000),),
        injuries=(Injury("THUMB_RIGHT"), Injury("EYE_ONE", 333)),
    )
    claim = asked(domain.begin(INJURED), Find(PUTU, found, BOOK, TODAY))
    worker = Payee(WIFE, "worker", (1, 1))
    return asked(claim, everything(claim), submit(worker), decide_on(COVERED))


def written(claim: Claim, *languages: Language, people: dict[UUID, Person] | None = None, today: date = TODAY) -> str:
    decision = claim.decision
    assert decision is not None
    return page([content(claim, decision, one, today=today, people=people) for one in languages or LANGUAGES])


def read(html: str) -> str:
    """Give the text that a person sees, on one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", html.partition("<body>")[2]))


def rupiah(amount_idr: int, language: Language) -> str:
    return f"Rp{amount_idr:,}" if language == "en" else f"Rp{amount_idr:,}".replace(",", ".")


@pytest.mark.parametrize("claim", [decided_for_heirs(), decided_for_worker()], ids=["heirs", "worker"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_component_with_its_law_the_total_and_every_reason(claim: Claim, language: Language) -> None:
    text = read(written(claim, language))
    decision = claim.decision
    assert decision is not None
    for part in decision.verdict.components:
        name = words.COMPONENTS[part.code][LANGUAGES.index(language)]
        assert re.search(
            f"{name} .{{0,80}} {re.escape(part.legal_reference)} {rupiah(part.amount_idr, language)}", text
        )
    assert text.count(rupiah(decision.verdict.amount_idr, language)) >= 2
    for reason in decision.verdict.reasons:
        english = reason.english.replace("Rp2.000.000", "Rp2,000,000")  # as they are kept, and as they are read
        assert (reason.indonesian, english)[LANGUAGES.index(language)] in text
    assert str(claim.claim_id) in text


def test_the_calculation_can_be_read_aloud() -> None:
    heirs, worker = read(written(decided_for_heirs(), "id")), read(written(decided_for_worker(), "en"))
    assert "Santunan berkala, dibayar sekaligus Kepesertaan ke-2: Rp12.000.000" in heirs
    assert "2. Pekerja bukan penerima upah" in heirs
    assert "Beasiswa SD Anak ke-1: 1 × Rp1.500.000" in heirs
    assert "Rp2,500,000, at most Rp2,000,000" in worker
    assert "(33.3 % × 35 % + 15 %) × 80 × Rp1,000,000" in worker


def test_what_was_paid_to_whom_and_what_is_due_by_when() -> None:
    text = read(written(decided_for_heirs(), "id"))
    assert "Istri atau suami 1/2 Rp37.750.000 Rp37.750.000 pada 20 Oktober 2025 Rp0" in text
    assert text.count("Anak (melalui wali) 1/4 Rp18.875.000 Rp0 Rp18.875.000") == 2
    assert "Masih harus dibayar Rp37.750.000, paling lambat 23 Oktober 2025." in text
    assert "Jumlah itu sedang dikirim melalui bank." in text


def test_a_payee_who_sends_somebody_else_is_told_so() -> None:
    claim = decided_for_heirs()
    sent = replace(claim, payees=(replace(claim.payees[0], representative=True), *claim.payees[1:]))
    assert "Istri atau suami (melalui kuasa) 1/2" in read(written(sent, "id"))


def test_what_is_due_by_several_days_says_how_much_by_which() -> None:
    claim = asked(domain.begin(reported()), everything(domain.begin(reported())), submit(*HEIRS), decide_on(YOUNG))
    later = day("2025-11-20")
    claim = asked(reopened(claim, today=later), decide_on(COVERED, today=later, actor=NYOMAN))
    text = read(written(claim, "en"))
    assert "Rp10,000,000 is still to be paid, by 23 October 2025 at the latest." in text
    assert "Rp32,000,000 is still to be paid, by 25 November 2025 at the latest." in text


def test_memberships_say_their_last_covered_day() -> None:
    text = read(written(decided_for_heirs(), "en"))
    assert "1. Self-employed worker contributions paid by regency budget (APBD) 1 January 2021 31 December 2025" in text
    assert "1 March 2021 without an end" in text


def test_years_of_school_to_come_stand_on_one_line_for_each_level() -> None:
    text = read(written(decided_for_heirs(), "id"))
    assert "dapat diajukan mulai 15 Juli 2026" in text
    assert "Anak ke-1 SD 2026/2027 – 2027/2028 2 × Rp1.500.000" in text
    assert "Anak ke-2 SMP 2035/2036 – 2037/2038 3 × Rp2.000.000" in text


def test_indonesian_comes_first_and_one_language_can_be_asked_for() -> None:
    claim = decided_for_heirs()
    both = written(claim)
    assert both.index('<article class="sheet" lang="id">') < both.index('<article class="sheet" lang="en">')
    assert "Benefit Statement" not in read(written(claim, "id"))
    assert "Surat Keterangan" not in read(written(claim, "en"))


def test_nobody_is_named_unless_asked_for_and_an_account_only_by_its_end() -> None:
    claim = decided_for_heirs()
    assert not any(told in written(claim) for told in ("Ni Luh", "4567", "BPD"))
    text = read(written(claim, "id", people=PEOPLE))
    assert "rekening BPD &amp; Bali berakhiran 4567" in text
    assert "0100200300" not in text
    assert "rekening BPD berakhiran 2 " in text
    assert "data penerima sudah dihapus" in text


def test_hostile_names_are_written_and_not_run() -> None:
    html = written(decided_for_heirs(), people=PEOPLE)
    assert "Ni Luh Contoh &lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script" not in html


def test_the_page_fetches_nothing_and_its_policy_allows_its_own_style_only() -> None:
    html = written(decided_for_heirs())
    assert not re.search(r"(src|href|action|url)\s*[=(]|@import|\son\w+=|\sstyle=", html)
    (style,) = re.findall(r"<style>(.*?)</style>", html, re.DOTALL)
    assert f"'sha256-{b64encode(sha256(style.encode()).digest()).decode()}'" in POLICY
    assert POLICY.startswith("default-src 'none'")


def test_a_denial_says_why_and_how_to_object() -> None:
    text = read(written(claim_in("decided", cover=UNCOVERED), "id"))
    assert "Tidak disetujui" in text
    assert "Perlindungan sebelumnya berakhir pada 31 Desember 2024." in text
    assert "Tidak ada kepesertaan dengan program ini" in text
    assert "Sampaikan keberatan" in text
    assert "Rp" not in text


def test_who_was_paid_and_is_denied_later_learns_of_both() -> None:
    """The membership was voided after the payment, and the claim decided again."""
    again = reopened(claim_in("paid"), "review")
    text = read(written(asked(again, decide_on(UNCOVERED, today=TODAY)), "id"))
    assert "Keputusan ke-2; menggantikan keputusan sebelumnya." in text
    assert "Tidak disetujui" in text
    assert "melebihi hak sebesar Rp42.000.000" in text


def test_a_decision_under_review_says_so() -> None:
    claim = asked(claim_in("decided"), Reopen("nyoman", "appeal", TODAY))
    assert "sedang diperiksa kembali" in read(written(claim, "id"))


@pytest.mark.parametrize(
    ("reason", "days", "money"),
    [
        ("HEIR_DISPUTE", 0, "Rp42,000,000 is still to be paid; by when is set once nothing is missing any more."),
        ("HEIR_DISPUTE", 9, "Rp42,000,000 is still to be paid, by 23 October 2025 at the latest."),
        ("OTHER_OFFICE_ASKED", 0, "Rp42,000,000 is still to be paid, by 23 October 2025 at the latest."),
    ],
    ids=["the family, in time", "the family, too late", "another office"],
)
def test_a_claim_that_is_held_says_why_and_promises_no_day_that_does_not_hold(
    reason: str, days: int, money: str
) -> None:
    why = PEND_REASONS[reason]
    claim = asked(claim_in("decided"), Pend(MADE, (why,), TODAY + timedelta(days=days)))
    text = read(written(claim, people={}))
    assert f"Klaim ini sedang ditahan. {why.indonesian}" in text
    assert f"This claim is held. {why.english}" in text
    assert money in text
