"""Who is paid: those of one rank, by shares that add up to the whole, exact to the rupiah.

Ranks are those of PP 44/2015 Pasal 37 ayat (5) and Pasal 40 ayat (2). Where there is neither an heir nor a will,
whoever arranged the burial is paid the funeral, and the Social Security Fund the rest.
"""

from collections.abc import Collection, Sequence
from datetime import date
from fractions import Fraction
from uuid import UUID

from services.claims.claim import Component, Payee, Rejected, Relation

PAYEES_MAX = 20
SHARE_PARTS_MAX = 1_000_000
MAJORITY_YEARS = 18
FUNERAL = "BIAYA_PEMAKAMAN"

RANKS: dict[Relation, int] = {
    "spouse": 1,
    "child": 1,
    "parent": 2,
    "grandchild": 2,
    "grandparent": 2,
    "sibling": 3,
    "parent_in_law": 4,
    "named_in_will": 5,
    "burial_arranger": 6,
    "social_security_fund": 6,
}
WITHOUT_HEIRS = 6
MAY_BE_MINORS: tuple[Relation, ...] = ("child", "grandchild", "sibling")


def check(payees: Sequence[Payee], *, died_on: date | None, incident_on: date, paid: Collection[UUID] = ()) -> None:
    """Refuse payees that the law does not allow; `paid` are those who have money of this claim already.

    Somebody who was paid stays among the payees, with no share if nothing more is due to them.
    """
    if not payees or len(payees) > PAYEES_MAX:
        raise Rejected(
            "PAYEES_NUMBER",
            indonesian=f"Klaim harus mempunyai 1 sampai {PAYEES_MAX} penerima; yang disebutkan {len(payees)}.",
            english=f"A claim has 1 to {PAYEES_MAX} payees; {len(payees)} were named.",
        )
    if set(paid) - {payee.payee_id for payee in payees} or len({payee.payee_id for payee in payees}) < len(payees):
        raise Rejected(
            "PAYEE_WAS_PAID",
            indonesian="Penerima yang sudah dibayar tetap tercantum satu kali dengan payee_id-nya; bila tidak berhak"
            " lagi, tulis bagiannya 0.",
            english="A payee who was paid stays in the list, once, under their payee_id; with a share of 0 if nothing"
            " more is due to them.",
        )
    entitled = [payee for payee in payees if payee.share[0] or payee.payee_id not in paid]
    _check_relations(entitled, died_on)
    _check_shares(entitled)
    for payee in entitled:
        _check_account_holder(payee, incident_on)


def _check_relations(payees: Sequence[Payee], died_on: date | None) -> None:
    relations = sorted(payee.relation for payee in payees)
    if died_on is None or "worker" in relations:
        if died_on is None and relations == ["worker"]:
            return
        raise Rejected(
            "PAYEE_NOT_ENTITLED",
            indonesian="Pekerja yang masih hidup dibayar sendiri dan seluruhnya; bila pekerja meninggal, yang dibayar"
            " adalah ahli warisnya. Periksa hubungan penerima dengan pekerja.",
            english="A worker who lives is paid in person and alone; of a worker who died, the heirs are paid. Check"
            " what the payees are to the worker.",
        )
    ranks = {RANKS[payee.relation] for payee in payees}
    without_heirs = relations == ["burial_arranger", "social_security_fund"]
    if len(ranks) != 1 or (ranks == {WITHOUT_HEIRS} and not without_heirs):
        raise Rejected(
            "PAYEE_RANKS_MIXED",
            indonesian="Penerima harus dari satu urutan ahli waris saja: pasangan dan anak; bila tidak ada, orang tua,"
            " cucu, kakek-nenek; lalu saudara; mertua; penerima wasiat; bila semua tidak ada, penyelenggara pemakaman"
            " bersama Dana Jaminan Sosial (PP 44/2015 Pasal 37 dan 40).",
            english="All payees must be of one rank of heirs: spouse and children; if there are none, parents,"
            " grandchildren, grandparents; then siblings; parents-in-law; those named in a will; if there is nobody,"
            " whoever arranged the burial, with the Social Security Fund (PP 44/2015 Pasal 37 and 40).",
        )


def _check_shares(payees: Sequence[Payee]) -> None:
    sound = all(0 < part <= whole <= SHARE_PARTS_MAX for part, whole in (payee.share for payee in payees))
    without_heirs = any(RANKS.get(payee.relation) == WITHOUT_HEIRS for payee in payees)
    if not sound or (not without_heirs and sum(Fraction(*payee.share) for payee in payees) != 1):
        raise Rejected(
            "PAYEE_SHARES",
            indonesian="Bagian para penerima harus pecahan lebih dari nol yang jumlahnya tepat satu, misalnya 1/2, 1/4,"
            f" dan 1/4, dengan penyebut paling besar {SHARE_PARTS_MAX}.",
            english="The shares of the payees must be fractions above zero that add up to exactly one, such as 1/2, 1/4"
            f" and 1/4, in parts of {SHARE_PARTS_MAX} at most.",
        )


def _check_account_holder(payee: Payee, incident_on: date) -> None:
    if payee.guardian and payee.representative:
        raise Rejected(
            "PAYEE_REPRESENTED_TWICE",
            indonesian="Seorang penerima dibayar melalui wali atau melalui kuasa, tidak keduanya: wali untuk yang belum"
            " dewasa, kuasa untuk yang dewasa. Hapus salah satu tanda.",
            english="A payee is paid through a guardian or through a representative, not both: a guardian is for a"
            " minor, a representative for an adult. Leave out one of the two.",
        )
    if payee.relation in MAY_BE_MINORS and payee.born_on is None:
        raise Rejected(
            "PAYEE_BIRTH_UNKNOWN",
            indonesian="Tanggal lahir anak, cucu, atau saudara diperlukan untuk mengetahui apakah walinya yang"
            " dibayar.",
            english="The day of birth of a child, grandchild or sibling is needed, to know whether a guardian is paid.",
        )
    if payee.born_on is not None and _age(payee.born_on, incident_on) < MAJORITY_YEARS and not payee.guardian:
        raise Rejected(
            "PAYEE_NEEDS_GUARDIAN",
            indonesian=f"Penerima yang belum berumur {MAJORITY_YEARS} tahun dibayar melalui rekening walinya, bukan"
            " kuasa; tandai `guardian` dan beri rekening wali.",
            english=f"A payee younger than {MAJORITY_YEARS} is paid through the guardian's account, not a"
            " representative's; set `guardian` and give that account.",
        )


def _age(born_on: date, on: date) -> int:
    return on.year - born_on.year - ((on.month, on.day) < (born_on.month, born_on.day))


def entitlements(components: Sequence[Component], payees: Sequence[Payee]) -> dict[UUID, int]:
    """Tell what each payee is to have of these components in all, in whole rupiah."""
    amount = sum(component.amount_idr for component in components)
    if any(RANKS.get(payee.relation) == WITHOUT_HEIRS for payee in payees if payee.share[0]):
        funeral = sum(component.amount_idr for component in components if component.code == FUNERAL)
        whole = {"burial_arranger": funeral, "social_security_fund": amount - funeral}
        return {payee.payee_id: whole.get(payee.relation, 0) for payee in payees}
    parts = split(amount, [Fraction(*payee.share) for payee in payees])
    return {payee.payee_id: part for payee, part in zip(payees, parts, strict=True)}


def split(amount_idr: int, weights: Sequence[Fraction]) -> list[int]:
    """Split an amount by weights so that the parts add up to it: the rupiah left go to the largest remainders.

    Of equal remainders the earlier comes first. Nothing is split by weights that are all zero.
    """
    whole = sum(weights, Fraction())
    if not whole:
        return [0 for _ in weights]
    exact = [amount_idr * weight / whole for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: parts[place] - exact[place])
    for place in by_remainder[: amount_idr - sum(parts)]:
        parts[place] += 1
    return parts
