"""What a person should look at before deciding a claim: patterns of fraud and of error, never a refusal."""

from services.claims.signals.patterns import Deaths, Known, signals
from services.claims.signals.store import count_deaths, known_about

__all__ = ["Deaths", "Known", "count_deaths", "known_about", "signals"]
