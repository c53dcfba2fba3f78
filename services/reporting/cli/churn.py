"""Questions about churn: who came under protection, who lost it, and who is in a gap now."""

from typing import Annotated

import typer

from services.reporting.cli.shown import Area, AsOf, From, Json, KnownAt, Parts, Until, show


def churn(
    from_: From, until: Until, known_at: KnownAt = None, by: Parts = None, area: Area = None, as_json: Json = False
) -> None:
    """Take the change in the number of protected people apart: joined, returned, moved, lapsed, died; and renewed."""
    period = {"from": from_, "until": until}
    asked = {"known_at": known_at, "by": by, "area": area}
    show("Keluar-masuk perlindungan / Churn", "churn", as_json, **period, **asked)


def gaps(
    as_of: AsOf = None,
    days: Annotated[int, typer.Option("--days", help="Within how many days before they were protected.")] = 90,
    known_at: KnownAt = None,
    by: Parts = None,
    area: Area = None,
    as_json: Json = False,
) -> None:
    """Count who is not protected but was within so many days before, by the village where they counted last."""
    asked = {"as_of": as_of, "days": days, "known_at": known_at, "by": by, "area": area}
    show("Jeda perlindungan / Gaps", "gaps", as_json, **asked)
