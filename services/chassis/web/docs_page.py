"""The page that shows what a service can be asked, at /docs: Swagger UI from our own files, no other host is asked."""

from pathlib import Path

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

FILES = Path(__file__).parent / "swagger_ui"
TYPES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "page.js": "text/javascript",
    "favicon-32x32.png": "image/png",
}
"""What the page fetches."""
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:;"
    " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
"""Swagger UI draws its arrows from `data:` addresses; all else comes from this service."""

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page() -> FileResponse:
    return FileResponse(FILES / "page.html", media_type="text/html", headers=HEADERS)


@router.get("/docs/{name}")
async def part(name: str) -> FileResponse:
    if name not in TYPES:
        raise HTTPException(404)
    return FileResponse(FILES / name, media_type=TYPES[name], headers=HEADERS)
