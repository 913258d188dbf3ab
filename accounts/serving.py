"""Sends people's pictures, and nothing else of what was uploaded.

A middleware in front of sessions: whoever knows a picture's name may see it, so nobody needs to be looked up for each
of the faces of a page, and browsers may keep it for ever, whoever is logged in.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import default_storage
from django.http import HttpResponse, HttpResponseNotAllowed

from accounts.pictures import FOLDER, SIZES, is_picture_name, picture_path

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

FOR_EVER = "public, max-age=31536000, immutable"


class PicturesMiddleware:
    """Answer what is asked below MEDIA_URL; everything else goes on."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(settings.MEDIA_URL):
            return self.get_response(request)
        response = _picture(request)
        # Whatever a browser makes of the bytes, it makes no page of them.
        response["X-Content-Type-Options"] = "nosniff"
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
        return response


def _picture(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD"}:
        return HttpResponseNotAllowed(["GET", "HEAD"])
    path = _stored(request.path_info.removeprefix(settings.MEDIA_URL))
    if path is None:
        return _nothing()
    try:
        # Some tens of kilobytes at most: it is read whole.
        with default_storage.open(path) as file:
            data = file.read()
    except FileNotFoundError:
        return _nothing()
    body = b"" if request.method == "HEAD" else data
    return HttpResponse(
        body,
        content_type="image/webp",
        headers={"Cache-Control": FOR_EVER, "Content-Length": str(len(data))},
    )


def _stored(asked: str) -> str | None:
    """Return where the picture lies; None unless the address is exactly that of one."""
    folder, _, rest = asked.partition("/")
    name, _, file = rest.partition("/")
    if folder != FOLDER or not is_picture_name(name):
        return None
    return next((picture_path(name, size) for size in SIZES if file == f"{size}.webp"), None)


def _nothing() -> HttpResponse:
    # Not for ever: the storage may be a moment behind.
    return HttpResponse(status=HTTPStatus.NOT_FOUND, content_type="text/plain", headers={"Cache-Control": "no-store"})
