"""The sections about claims: what was paid in the year, what was decided, and how long it took."""

from services.chassis.postgres import Transaction
from services.reporting import claim_queries, definitions, queries
from services.reporting.answers import Text
from services.reporting.evidence.shape import About, Section
from services.reporting.pages.panel import CASES, PAYMENTS, PEOPLE, PROGRAMME, SEGMENT, Column

UNITS = (
    PEOPLE,
    CASES,
    PAYMENTS,
    Column("amount_idr", Text("Manfaat dibayar", "Benefits paid"), "rupiah"),
    Column("late_idr", Text("Tambahan karena terlambat", "Added for lateness"), "rupiah"),
)


async def by_programme(tx: Transaction, about: About) -> Section:
    """Show what was paid by programme."""
    return await _paid(tx, about, "programmes", Text("program", "programme"), PROGRAMME)


async def by_segment(tx: Transaction, about: About) -> Section:
    """Show what was paid by segment."""
    return await _paid(tx, about, "claim-segments", Text("segmen", "segment"), SEGMENT)


async def _paid(tx: Transaction, about: About, id_: str, part: Text, column: Column) -> Section:
    rows, total = await queries.claims_paid(tx, *about.period, about.known_at, [column.key], about.area)
    return Section(
        id_,
        Text(f"Klaim yang dibayar menurut {part.indonesian}", f"Claims paid by {part.english}"),
        Text("orang, kasus, pembayaran dan rupiah", "people, cases, payments and rupiah"),
        (column, *UNITS),
        rows,
        total if rows else None,
        definitions.CLAIMS_PAID,
        "/v1/claims-paid · bi.payments()",
    )


async def service(tx: Transaction, about: About) -> Section:
    """Show what was decided, and how long payments took."""
    _, decided = await claim_queries.decided(tx, *about.period, about.known_at, [], about.area)
    _, time = await claim_queries.time_to_payment(tx, *about.period, about.known_at, [], about.area)
    asked = (
        (Text("Klaim diputuskan", "Claims decided"), decided["claims"]),
        (Text("– dikabulkan", "approved"), decided["approved"]),
        (Text("– dikabulkan sebagian", "approved in part"), decided["partially_approved"]),
        (Text("– ditolak, dengan alasan tertulis", "denied, with reasons in writing"), decided["denied"]),
        (Text("Pembayaran dengan batas waktu", "Payments with a time limit"), time["with_clock"]),
        (Text("– tepat waktu", "in time"), time["in_time"]),
        (Text("Hari sampai dibayar, median", "Days until paid, median"), time["days_p50"]),
        (Text("Hari sampai dibayar, terlama", "Days until paid, longest"), time["days_max"]),
    )
    return Section(
        "service",
        Text("Keputusan klaim dan waktu sampai dibayar", "Decisions on claims, and time until paid"),
        Text("klaim, pembayaran, hari kalender", "claims, payments, calendar days"),
        (
            Column("what", Text("Ukuran", "Measure"), "text"),
            Column("value", Text("Nilai", "Value"), "number"),
        ),
        [{"what": f"{what.indonesian} / {what.english}", "value": value} for what, value in asked],
        None,
        definitions.TIME_TO_PAYMENT,
        "/v1/claims-decided · bi.claims() · /v1/time-to-payment · bi.time_to_payment()",
        (definitions.CLAIMS_DECIDED.text,),
    )
