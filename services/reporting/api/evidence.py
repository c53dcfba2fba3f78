"""The evidence file for the Paritrana Award over HTTP, as a workbook or a document."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Response
from pydantic import AfterValidator, Field

from services.chassis.postgres import Pool, Transaction
from services.chassis.spreadsheets import XLSX
from services.chassis.web import Database
from services.chassis.web.included import Included
from services.reporting import answers, definitions, target_queries
from services.reporting.answers import Text
from services.reporting.api.asking import PROBLEMS, YEARS, Answer, Area, Figures, Question, answer, area
from services.reporting.api.targets import unknown_denominator
from services.reporting.evidence import document, workbook
from services.reporting.evidence.collected import collect
from services.reporting.evidence.shape import About, Evidence
from services.reporting.pages import words
from services.reporting.pages.asked import DENOMINATOR, DENOMINATORS_MAX
from services.reporting.queries import Figure

PDF = "application/pdf"
SNAPSHOT_OF_FILE = "Payung-Snapshot"
"""Header: the snapshot of a final file; a file without it is not final."""
FIGURES = "Payung-Figures-SHA256"
"""Header: names the figures of a file, whatever words they stand in."""

FORECAST = Text(
    "Pada waktu itu tahun ini belum berakhir: angka per 31 Desember adalah yang tetap berlaku bila tidak ada yang"
    " didaftarkan, diperpanjang atau dikoreksi lagi.",
    "The year was not over then: the figures as of 31 December are what stays if nobody else is enrolled, renewed or"
    " corrected.",
)

router = APIRouter(tags=["questions"])

OfYear = Annotated[int, Path(ge=YEARS[0], le=YEARS[1], description="The figures are as of 31 December of this year")]
Write = Callable[[Evidence, Sequence[tuple[Text, Text]]], bytes]


class EvidenceQuestion(Question):
    area: Area = None
    denominator: Annotated[list[Annotated[str, Field(pattern=DENOMINATOR)]], AfterValidator(sorted)] = Field(
        [],
        max_length=DENOMINATORS_MAX,
        description="Targets and denominators to be used, each by id and version (`id@version`), as /v1/targets lists"
        " them, in any order; the newest of all if left out, never final then",
        examples=[["gianyar-workers-2025-09@1"]],
    )


def _file(media: str) -> dict[int | str, dict[str, object]]:
    content = {media: {"schema": {"type": "string", "format": "binary"}}}
    headers = {
        SNAPSHOT_OF_FILE: "Names the file for ever; missing: it is not final",
        FIGURES: "Names the figures of the file, whatever words and paper they stand on",
    }
    told = {name: {"description": said, "schema": {"type": "string"}} for name, said in headers.items()}
    return PROBLEMS | {200: {"description": "The file", "content": content, "headers": told}}


@router.get(
    "/v1/evidence/{year}.xlsx",
    summary="Evidence file for the Paritrana Award, as a workbook",
    response_class=Response,
    responses=_file(XLSX),
    dependencies=[Included],
)
async def evidence_xlsx(pool: Database, year: OfYear, asked: Annotated[EvidenceQuestion, Query()]) -> Response:
    """Show regulations, budget and realisation, coverage and claims of the year, a sheet each, with definitions."""
    return await _written(pool, year, asked, "xlsx", XLSX, workbook.write)


@router.get(
    "/v1/evidence/{year}.pdf",
    summary="Evidence file for the Paritrana Award, as a document",
    response_class=Response,
    responses=_file(PDF),
    dependencies=[Included],
)
async def evidence_pdf(pool: Database, year: OfYear, asked: Annotated[EvidenceQuestion, Query()]) -> Response:
    """Show regulations, budget and realisation, coverage and claims of the year, A4, with definitions."""
    return await _written(pool, year, asked, "pdf", PDF, document.write)


async def _written(pool: Pool, year: int, asked: EvidenceQuestion, form: str, media: str, write: Write) -> Response:
    found: list[tuple[Evidence, date]] = []

    async def ask(tx: Transaction) -> Figures:
        denominators = await _denominators(tx, asked.denominator)
        known_on = await answers.day_known(tx, asked.known_at)
        about = About(year, asked.known_at, await area(tx, asked.area))
        found.append((await collect(tx, about, denominators), known_on))
        return [], None

    changing = None if asked.denominator else definitions.NEWEST_DENOMINATOR
    said = await answer(pool, asked, definitions.EVIDENCE, ask, changing)
    evidence, known_on = found[0]
    about = _about(evidence.about, known_on, said, _again(asked, said, f"{year}.{form}"))
    content = await asyncio.to_thread(write, evidence, about)
    name = f"payung-paritrana-{year}{f'-{asked.area}' if asked.area else ''}.{form}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    headers[FIGURES] = evidence.figures_sha256
    if said.snapshot:
        headers[SNAPSHOT_OF_FILE] = said.snapshot
    return Response(content, media_type=media, headers=headers)


async def _denominators(tx: Transaction, named: list[str]) -> list[Figure]:
    if not named:
        return await target_queries.targets(tx)
    found = []
    for each in named:
        id_, _, version = each.rpartition("@")
        target = await target_queries.target(tx, id_, int(version))
        if target is None:
            raise unknown_denominator()
        found.append(target)
    return found


def _again(asked: EvidenceQuestion, said: Answer, file: str) -> str:
    """Give the address of the same file; whoever asks for it gets the same bytes if it was final."""
    wanted = {"snapshot": said.snapshot, "area": asked.area, "denominator": asked.denominator}
    given = {name: value for name, value in wanted.items() if value}
    return f"/v1/evidence/{file}?{urlencode(given, doseq=True, safe='@:')}"


def _about(about: About, known_on: date, said: Answer, again: str) -> list[tuple[Text, Text]]:
    """Say what the figures are worth: of which day, as known when, final or not and why, and how to have them again.

    A final file says nothing of today's completeness, so that it is the same file for ever.
    """
    day = Text(words.day(about.day, "id"), words.day(about.day, "en"))
    status = Text("tetap", "final") if said.final else Text("belum tetap", "not final")
    known = Text("semua catatan sampai kini", "all facts so far")
    if said.known_at is not None:
        known = Text(words.time(said.known_at, "id"), words.time(said.known_at, "en"))
    lines = [
        (Text("Per", "As of"), day),
        (Text("Diketahui pada", "Known at"), known),
        (Text("Status", "Status"), status),
        (Text("Mengapa", "Why"), Text(said.why.indonesian, said.why.english)),
    ]
    if known_on < about.day:
        lines.append((Text("Perkiraan", "Forecast"), FORECAST))
    plain = [(Text("Versi proyeksi", "Projection version"), str(said.projection_version))]
    if said.snapshot:
        plain.append((Text("Snapshot", "Snapshot"), said.snapshot))
        plain.append((Text("Berkas yang sama untuk selamanya", "The same file for ever"), again))
    else:
        complete = (f"{words.name(mark.source, 'id')}: {_until(mark.complete_until)}" for mark in said.watermarks)
        plain.append((Text("Data lengkap sampai", "Data complete until"), "; ".join(complete) or "–"))
        plain.append(
            (
                Text("Orang atau kelompok yang catatannya ditahan", "Workers or cohorts whose facts are withheld"),
                str(said.withheld_keys),
            )
        )
    return [*lines, *((what, Text(text, text)) for what, text in plain)]


def _until(complete: datetime | None) -> str:
    return words.time(complete, "id") if complete else "–"
