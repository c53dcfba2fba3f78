"""Reporting over HTTP: each question a resource, by theme.

asking   what every question may say, and what every answer says of itself
cover, churn, cohorts, claims, deaths, targets, evidence
    changes  why a figure is another one now
published  figures that were quoted to the world, asked again
public   what everybody may ask: tables that were released, small counts hidden
"""

from services.reporting.api import changes, churn, claims, cohorts, cover, deaths, evidence, public, published, targets

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
    public.router,
)
