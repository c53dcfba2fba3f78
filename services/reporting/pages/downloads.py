"""A file of rows as an answer over HTTP: its name and its headers say what it is worth, also where it cannot itself."""

import hashlib

from fastapi import Request
from fastapi.responses import Response

from services.reporting.pages import about, csvw, files
from services.reporting.pages.asked import Asked
from services.reporting.pages.panel import Panel
from services.reporting.pages.seen import Seen

MEDIA = files.MEDIA | {csvw.FORM: csvw.MEDIA}
"""What may be asked for: the rows, or what a CSV file says of itself."""
BESIDE = "-metadata.json"


def answer(request: Request, panel: Panel, asked: Asked, seen: Seen, wanted: str) -> Response:
    """Give the file; one that is final has a tag of its rows, by which it is not sent twice (RFC 9110, 13.1.2)."""
    rows = seen.shown[0].rows
    headers = {
        "Content-Disposition": f'attachment; filename="{about.file_name(panel, asked, seen, wanted)}"',
        "Cache-Control": "private, no-cache" if seen.final else "no-store",
    }
    if seen.snapshot is not None:
        said = (wanted, asked.sep, asked.lang, seen.snapshot)
        tag = hashlib.sha256(" ".join(said).encode() + files.as_csv(panel.columns, rows, asked.sep)).hexdigest()
        headers |= {"Payung-Snapshot": seen.snapshot, "ETag": f'W/"{tag[:32]}"'}  # weak: its age is another each time
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    path, query = request.url.path.removesuffix(BESIDE), request.url.query
    if wanted == "csv":
        headers["Link"] = f'<{path}{BESIDE}?{query}>; rel="describedby"; type="{csvw.MEDIA}"'
    if wanted == csvw.FORM:
        content = csvw.describe(panel.columns, about.for_programs(panel, asked, seen), asked, f"{path}?{query}")
    else:
        told = (about.for_people if wanted == "xlsx" else about.for_programs)(panel, asked, seen)
        content = files.write(wanted, panel.columns, rows, told, asked)
    return Response(content, media_type=MEDIA[wanted], headers=headers)
