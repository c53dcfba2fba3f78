"""Panels about claims: how long payment takes, what is late, owed and denied, and what deaths leave to be done."""

from datetime import date, timedelta

from services.chassis.postgres import Transaction
from services.reporting import claim_queries, death_queries, definitions
from services.reporting.answers import Text
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Column, Panel
from services.reporting.queries import Figure

PROGRAMME = Column("programme", Text("Program", "Programme"), "name")
CLAIMS = Column("claims", Text("Klaim", "Claims"), "number")
PEOPLE = Column("people", Text("Orang", "People"), "people")
VILLAGE = (
    Column("district_name", Text("Kecamatan", "District"), "text"),
    Column("village_name", Text("Desa", "Village"), "text"),
    Column("village", Text("Kode", "Code"), "code"),
)
THIS_YEAR = (Text("Dari 1 Januari sampai tanggal laporan.", "From 1 January to the day asked for."),)
BEGUN = {
    "before": Text("Dibayar di muka", "Paid ahead"),
    "after": Text("Mulai sesudah kematian", "Begun after the death"),
}


def _year(day: date) -> tuple[date, date]:
    return date(day.year, 1, 1), day + timedelta(days=1)


async def _time_to_payment(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.time_to_payment(tx, *_year(day), asked.known, ["programme"], asked.area)
    return rows


async def _overdue(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    by = ["programme", "stage"]
    rows, _ = await claim_queries.standing(tx, day, asked.known, by, asked.area, overdue=True)
    return rows


async def _obligations(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.obligations(tx, day, asked.known, ["year"], asked.area)
    return [row | {"year": str(row["year"])} for row in rows]


async def _decided(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.decided(tx, *_year(day), asked.known, ["programme"], asked.area)
    return rows


async def _reasons(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await claim_queries.decided(tx, *_year(day), asked.known, ["programme"], asked.area)
    found = [
        {"programme": row["programme"], "outcome": outcome, "reason": reason, "claims": claims}
        for row in rows
        for outcome, reasons in (("denied", row["denied_for"]), ("partially_approved", row["reduced_for"]))
        for reason, claims in reasons.items()
    ]
    return sorted(found, key=lambda row: -row["claims"])


async def _died(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await death_queries.died_without_claim(tx, day, asked.known, ["district", "village"], asked.area)
    return sorted(rows, key=lambda row: (-row["people"], row["village"]))


async def _paid_after_death(tx: Transaction, day: date, asked: Asked) -> list[Figure]:
    rows, _ = await death_queries.paid_after_death(tx, day, asked.known, ["begun", "cohort"], asked.area)
    begun = {key: text.indonesian if asked.lang == "id" else text.english for key, text in BEGUN.items()}
    return [row | {"begun": begun[row["begun"]]} for row in rows]


PANELS = (
    Panel(
        "time-to-payment",
        Text("Waktu sampai dibayar", "Time until paid"),
        Text("pembayaran dan hari kalender", "payments and calendar days"),
        definitions.TIME_TO_PAYMENT,
        (
            PROGRAMME,
            Column("payments", Text("Pembayaran", "Payments"), "number"),
            Column("days_p50", Text("Hari, median", "Days, median"), "number"),
            Column("days_p90", Text("Hari, 90 persen", "Days, 90 percent"), "number"),
            Column("days_max", Text("Hari, terlama", "Days, longest"), "number"),
            Column("with_clock", Text("Dengan batas", "With a limit"), "number"),
            Column("in_time", Text("Tepat waktu", "In time"), "number"),
            Column("in_time_percent", Text("Bagian tepat waktu", "Share in time"), "percent"),
        ),
        _time_to_payment,
        {"kind": "bars", "y": "programme", "x": "days_p50"},
        "/v1/time-to-payment · bi.payments()",
        notes=THIS_YEAR,
        empty=Text(
            "Tidak ada manfaat yang dibayarkan dari 1 Januari sampai tanggal laporan.",
            "No benefit was paid from 1 January to the day asked for.",
        ),
    ),
    Panel(
        "overdue",
        Text("Klaim yang terlambat", "Claims overdue"),
        Text("klaim", "claims"),
        definitions.CLAIMS_OVERDUE,
        (
            PROGRAMME,
            Column("stage", Text("Tahap", "Stage"), "name"),
            CLAIMS,
            PEOPLE,
            Column("outstanding_idr", Text("Belum dibayar", "Outstanding"), "rupiah"),
            Column("days_late_max", Text("Hari terlambat, terlama", "Days late, longest"), "number"),
        ),
        _overdue,
        None,
        "/v1/claims-overdue · bi.claims()",
        empty=Text(
            "Tidak ada klaim yang terlambat pada tanggal laporan.",
            "No claim is overdue on the day asked for.",
        ),
    ),
    Panel(
        "decisions",
        Text("Keputusan klaim", "Decisions on claims"),
        Text("klaim, orang dan rupiah", "claims, people and rupiah"),
        definitions.CLAIMS_DECIDED,
        (
            PROGRAMME,
            CLAIMS,
            PEOPLE,
            Column("approved", Text("Dikabulkan", "Approved"), "number"),
            Column("partially_approved", Text("Sebagian", "In part"), "number"),
            Column("denied", Text("Ditolak", "Denied"), "number"),
            Column("amount_idr", Text("Nilai yang dikabulkan", "Amount granted"), "rupiah"),
        ),
        _decided,
        None,
        "/v1/claims-decided · bi.claims()",
        notes=THIS_YEAR,
        empty=Text(
            "Tidak ada klaim yang diputuskan dari 1 Januari sampai tanggal laporan.",
            "No claim was decided from 1 January to the day asked for.",
        ),
    ),
    Panel(
        "denials",
        Text("Mengapa ditolak atau dikurangi", "Why denied or reduced"),
        Text("klaim", "claims"),
        definitions.CLAIMS_DECIDED,
        (
            Column("reason", Text("Alasan", "Reason"), "name"),
            Column("outcome", Text("Keputusan", "Outcome"), "name"),
            PROGRAMME,
            CLAIMS,
        ),
        _reasons,
        None,
        "/v1/claims-decided · bi.claim_reasons",
        notes=THIS_YEAR,
        empty=Text(
            "Tidak ada klaim yang ditolak atau dikurangi dari 1 Januari sampai tanggal laporan.",
            "No claim was denied or reduced from 1 January to the day asked for.",
        ),
    ),
    Panel(
        "obligations",
        Text("Beasiswa yang akan jatuh tempo", "Scholarships ahead"),
        Text("tahun sekolah, anak, klaim dan rupiah", "years of school, children, claims and rupiah"),
        definitions.OBLIGATIONS,
        (
            Column("year", Text("Tahun", "Year"), "text"),
            Column("obligations", Text("Tahun sekolah", "Years of school"), "number"),
            Column("children", Text("Anak", "Children"), "number"),
            CLAIMS,
            Column("amount_idr", Text("Manfaat", "Benefits"), "rupiah"),
        ),
        _obligations,
        {"kind": "bars", "y": "year", "x": "amount_idr"},
        "/v1/obligations · bi.claim_obligations",
        empty=Text(
            "Tidak ada beasiswa yang akan jatuh tempo.",
            "No scholarship falls due on the day or later.",
        ),
    ),
    Panel(
        "died-without-claim",
        Text("Meninggal saat dilindungi, belum ada klaim", "Died while protected, no claim yet"),
        Text("orang", "people"),
        definitions.DIED_WITHOUT_CLAIM,
        (
            *VILLAGE,
            PEOPLE,
            Column("days_since_death_max", Text("Hari sejak kematian, terlama", "Days since death, longest"), "number"),
        ),
        _died,
        {"kind": "map", "x": "village", "y": "people", "label": "village_name"},
        "/v1/died-without-claim · bi.died_without_claim()",
        empty=Text(
            "Setiap kematian yang tercatat saat dilindungi sudah diklaim.",
            "Every recorded death of a protected worker was claimed for.",
        ),
    ),
    Panel(
        "paid-after-death",
        Text("Dibayar sesudah kematian", "Paid after a death"),
        Text("orang, masa dan orang-bulan", "people, periods and person-months"),
        definitions.PAID_AFTER_DEATH,
        (
            Column("begun", Text("Kapan dibayar", "When paid"), "text"),
            Column("cohort_name", Text("Kelompok", "Cohort"), "text"),
            PEOPLE,
            Column("periods", Text("Masa", "Periods"), "number"),
            Column("person_months", Text("Orang-bulan", "Person-months"), "number"),
            Column("without_end", Text("Masa tanpa akhir", "Periods without end"), "number"),
        ),
        _paid_after_death,
        None,
        "/v1/paid-after-death · bi.paid_after_death()",
        empty=Text(
            "Tidak ada yang dibayar untuk hari sesudah kematian.",
            "Nothing was paid for days after a death.",
        ),
    ),
)
