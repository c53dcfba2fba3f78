"""Questions about claims and deaths."""

from typing import Annotated

import typer

from services.reporting.cli.shown import Area, AsOf, From, Json, KnownAt, Parts, Since, Until, show


def claims_paid(
    from_: From, until: Until, known_at: KnownAt = None, by: Parts = None, area: Area = None, as_json: Json = False
) -> None:
    """Sum what was paid, by programme, segment, funding, cohort, month, regency, district or village."""
    period = {"from": from_, "until": until}
    show("Klaim yang dibayar / Claims paid", "claims-paid", as_json, **period, known_at=known_at, by=by, area=area)


def claims_decided(
    from_: From, until: Until, known_at: KnownAt = None, by: Parts = None, area: Area = None, as_json: Json = False
) -> None:
    """Count what was decided, with components and reasons, by programme, segment, outcome, month, place or payer."""
    asked = {"from": from_, "until": until, "known_at": known_at, "by": by, "area": area}
    show("Klaim yang diputuskan / Claims decided", "claims-decided", as_json, **asked)


def time_to_payment(
    from_: From, until: Until, known_at: KnownAt = None, by: Parts = None, area: Area = None, as_json: Json = False
) -> None:
    """Tell how long payments took, and how many were in time, by programme, segment, month or place."""
    asked = {"from": from_, "until": until, "known_at": known_at, "by": by, "area": area}
    show("Waktu sampai dibayar / Time to payment", "time-to-payment", as_json, **asked)


def claims(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: Parts = None,
    area: Area = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Only those whose payment is overdue.")] = False,
    as_json: Json = False,
) -> None:
    """Count claims by programme, stage, segment, regency, district or village, as they stand on a day."""
    title, question = "Klaim menurut tahap / Claims by stage", "claims-overdue" if overdue else "claims"
    show(title, question, as_json, as_of=as_of, known_at=known_at, by=by, area=area)


def obligations(
    as_of: AsOf = None, known_at: KnownAt = None, by: Parts = None, area: Area = None, as_json: Json = False
) -> None:
    """Sum the scholarships that fall due from a day on, by year, level, programme or segment."""
    asked = {"as_of": as_of, "known_at": known_at, "by": by, "area": area}
    show("Beasiswa mendatang / Scholarships ahead", "obligations", as_json, **asked)


def reviews(as_of: AsOf = None, known_at: KnownAt = None, by: Parts = None, as_json: Json = False) -> None:
    """Count the decisions that would come out otherwise now, by programme, would_be_outcome or segment."""
    show("Keputusan yang ditinjau / Reviews open", "reviews", as_json, as_of=as_of, known_at=known_at, by=by)


def claims_voided(from_: From, until: Until, known_at: KnownAt = None, by: Parts = None, as_json: Json = False) -> None:
    """Count claims that were taken back, and what is owed back, by voided_for or month."""
    period = {"from": from_, "until": until}
    show("Klaim yang dibatalkan / Claims voided", "claims-voided", as_json, **period, known_at=known_at, by=by)


def died_without_claim(
    as_of: AsOf = None,
    known_at: KnownAt = None,
    by: Parts = None,
    area: Area = None,
    workers: Annotated[bool, typer.Option("--workers", help="One by one; for clerks.")] = False,
    as_json: Json = False,
) -> None:
    """Count who died while protected and nobody has claimed, by segment, year, regency, district or village."""
    title, asked = "Meninggal tanpa klaim / Died without a claim", {"as_of": as_of, "known_at": known_at, "area": area}
    if workers:
        show(title, "died-without-claim/workers", as_json, "clerk", **asked)
    else:
        show(title, "died-without-claim", as_json, **asked, by=by)


def paid_after_death(
    as_of: AsOf = None, known_at: KnownAt = None, by: Parts = None, area: Area = None, as_json: Json = False
) -> None:
    """Count what was paid for days after a death, by begun (before or after it), cohort, segment, funding or place."""
    asked = {"as_of": as_of, "known_at": known_at, "by": by, "area": area}
    show("Dibayar sesudah kematian / Paid after a death", "paid-after-death", as_json, **asked)


def claims_paid_changes(
    from_: From, until: Until, since: Since, known_at: KnownAt = None, area: Area = None, as_json: Json = False
) -> None:
    """Tell why what was paid changed between two known-at times."""
    asked = {"from": from_, "until": until, "since": since, "known_at": known_at, "area": area}
    show("Perubahan / Changes", "claims-paid/changes", as_json, **asked)
