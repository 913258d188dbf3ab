"""Sends pages compressed. Files are compressed when they are collected, sound is compressed by nature."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.middleware.gzip import GZipMiddleware

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.http.response import HttpResponseBase

_WORTH_IT = {"text/html", "text/javascript", "text/plain", "application/json", "application/manifest+json"}


class PageCompressionMiddleware(GZipMiddleware):
    """Django's own, kept away from what is sent in ranges: their lengths must stay what was promised.

    It pads each answer by a random number of bytes, and Django masks the forms' token anew on each page: a size that
    changes with a guess (BREACH) tells nothing.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        kind = response.headers.get("Content-Type", "").partition(";")[0]
        if response.streaming or kind not in _WORTH_IT:
            return response
        return super().process_response(request, response)
