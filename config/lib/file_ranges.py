"""Sends a file, whole or a range of it (RFC 9110 section 14), without ever holding it in memory.

Daphne keeps in memory what a client has not read yet. So no more is sent while UNSENT_BYTES wait for the client, and a
range is answered with RANGE_BYTES at most: players ask for the next one when they need it (a 206 says by itself what it
holds). A whole file is paced.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from django.http import HttpResponse, StreamingHttpResponse
from django.utils.http import http_date

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable
    from pathlib import Path

    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

RANGE_BYTES: Final = 2 * 1024 * 1024
CHUNK_BYTES: Final = 64 * 1024
# Where config.asgi puts into a request's scope what says how many bytes wait for the client.
UNSENT: Final = "causerie.unsent"
UNSENT_BYTES: Final = 256 * 1024
# How often to look whether it reads on: seldom if it has not for long, as thousands may do so.
LOOK_SECONDS: Final = 0.01
LONGEST_LOOK_SECONDS: Final = 2.0
# A download of an hour takes a minute so; nobody listens that fast.
CHUNKS_PER_SECOND: Final = 8
CHUNKS_AT_ONCE: Final = RANGE_BYTES // CHUNK_BYTES
_RANGE: Final = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*", re.IGNORECASE)


@dataclass(frozen=True)
class _Part:
    """Bytes `begin` to before `end`, or nothing at all if the range lies outside."""

    begin: int
    end: int


def file_response(request: HttpRequest, path: Path, *, content_type: str, etag: str) -> HttpResponseBase:
    """Answer GET or HEAD for a file. `etag` (with its quotes) changes whenever the bytes do. Raises OSError."""
    status = path.stat()
    size, changed = status.st_size, http_date(status.st_mtime)
    part = _wanted(request, size, etag, changed)
    response: HttpResponseBase
    if etag in [tag.strip() for tag in request.headers.get("If-None-Match", "").split(",")]:
        response = HttpResponse(status=304)
    elif part is None:
        response = _whole(request, path, size, content_type)
    elif part.begin >= part.end:
        response = HttpResponse(status=416, content_type=content_type, headers={"Content-Range": f"bytes */{size}"})
    else:
        chunks = _read(path, part.begin, part.end, _unsent_in(request))
        response = StreamingHttpResponse(chunks, status=206, content_type=content_type)
        response["Content-Range"] = f"bytes {part.begin}-{part.end - 1}/{size}"
        response["Content-Length"] = str(part.end - part.begin)
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = etag
    response["Last-Modified"] = changed
    # Who may read it is asked each time.
    response["Cache-Control"] = "private, no-cache"
    return response


def _whole(request: HttpRequest, path: Path, size: int, content_type: str) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(_read(path, 0, size, _unsent_in(request)), content_type=content_type)
    response["Content-Length"] = str(size)
    return response


def _wanted(request: HttpRequest, size: int, etag: str, changed: str) -> _Part | None:
    """Return what the client asks for, or None for the whole: also if it asks for several ranges at once, in another
    unit, wrongly, or for a part of what the file was before.
    """
    found = _RANGE.fullmatch(request.headers.get("Range", ""))
    if request.method != "GET" or found is None or request.headers.get("If-Range", etag) not in {etag, changed}:
        return None
    first, last = found.groups()
    if not first:
        return _Part(max(0, size - min(int(last), RANGE_BYTES)), size) if last else None
    begin, end = int(first), int(last) + 1 if last else size
    if last and end <= begin:
        return None
    return _Part(begin, min(end, size, begin + RANGE_BYTES))


def _unsent_in(request: HttpRequest) -> Callable[[], int]:
    found: Callable[[], int] = getattr(request, "scope", {}).get(UNSENT, lambda: 0)
    return found


async def _read(path: Path, begin: int, end: int, unsent: Callable[[], int]) -> AsyncIterator[bytes]:
    file = await asyncio.to_thread(path.open, "rb")
    try:
        await asyncio.to_thread(file.seek, begin)
        for number, at in enumerate(range(begin, end, CHUNK_BYTES)):
            if number >= CHUNKS_AT_ONCE:
                await asyncio.sleep(1 / CHUNKS_PER_SECOND)
            await _until_read(unsent)
            yield await asyncio.to_thread(file.read, min(CHUNK_BYTES, end - at))
    finally:
        file.close()


async def _until_read(unsent: Callable[[], int]) -> None:
    """Wait while too much waits for the client; when it goes away, this is cancelled."""
    pause = LOOK_SECONDS
    while unsent() > UNSENT_BYTES:
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_LOOK_SECONDS)
