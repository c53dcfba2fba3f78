"""Write the facts that are kept as they were told, a batch at a time: each becomes a row, with when it was recorded."""

from collections.abc import Awaitable, Callable

from services.chassis.postgres import Transaction
from services.reporting.store import claims, enrollment

WRITES: dict[str, Callable[[Transaction, str], Awaitable[None]]] = enrollment.WRITES | claims.WRITES
"""How rows are written, a JSON array of them at a time, by table."""
