"""Reporting over HTTP: each question a resource, by theme.

asking   what every question may say, and what every answer says of itself
cover, cohorts, claims, deaths, targets
"""

from services.reporting.api import claims, cohorts, cover, deaths, targets

routers = (cover.router, cohorts.router, claims.router, deaths.router, targets.router)
