"""Reporting over HTTP: each question a resource, by theme.

asking   what every question may say, and what every answer says of itself
cover, churn, cohorts, claims, deaths, targets, evidence
    changes  why a figure is another one now
published  figures that were quoted to the world, asked again
    released tables for everybody, made again
public   what everybody may ask: tables that were released, small counts hidden
"""

from collections.abc import Callable
from typing import Any

from services.chassis.web import Problem
from services.reporting import followed
from services.reporting.api import (
    asking,
    changes,
    churn,
    claims,
    cohorts,
    cover,
    deaths,
    evidence,
    public,
    published,
    released,
    targets,
)

routers = (
    cover.router,
    cohorts.router,
    claims.router,
    deaths.router,
    changes.router,
    churn.router,
    targets.router,
    evidence.router,
    published.router,
    released.router,
    public.router,
)

REJECTIONS: dict[type[Exception], Callable[[Any], Problem]] = {followed.NotFollowed: asking.needs_rebuild}
"""How questions that cannot be answered yet are refused."""
