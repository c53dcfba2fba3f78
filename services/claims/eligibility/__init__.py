"""Is this worker covered on a day, by which memberships, and what would be payable: from claims' own copy of cover."""

from services.claims.eligibility.inquiry import Eligibility, HeldOn, eligibility_on
from services.claims.eligibility.store import Found, find

__all__ = ["Eligibility", "Found", "HeldOn", "eligibility_on", "find"]
