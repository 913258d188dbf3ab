"""Answers with the picture of a shared page: public, by the name that its words give it."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.http import HttpResponse

from config.lib.share_picture import DAY, digest_of, picture_of

if TYPE_CHECKING:
    from django.http import HttpRequest

    from config.lib.share_picture import Words

YEAR = 365 * DAY


def answer_with(request: HttpRequest, words: Words) -> HttpResponse:
    """Return the picture, or that whoever asks has it already; nothing of it hangs on who asks."""
    digest = digest_of(words)
    etag = f'"{digest}"'
    if request.headers.get("If-None-Match") == etag:
        response = HttpResponse(status=HTTPStatus.NOT_MODIFIED)
    else:
        response = HttpResponse(picture_of(words), content_type="image/png")
    # An address that names these words never shows others; the bare one follows them.
    lasting = request.GET.get("v") == digest
    response["Cache-Control"] = f"public, max-age={YEAR}, immutable" if lasting else f"public, max-age={DAY}"
    response["ETag"] = etag
    return response
