"""Pages leave compressed, sound and refusals of compression as they are."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from django.http import HttpResponse, StreamingHttpResponse
from django.test import RequestFactory

from config.compression import PageCompressionMiddleware

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

PAGE = b"<p>An easy conversation.</p>" * 50


def answer(response: HttpResponseBase, accepts: str = "gzip, deflate, br") -> HttpResponseBase:
    request = RequestFactory().get("/", headers={"Accept-Encoding": accepts})
    answered = PageCompressionMiddleware(lambda _request: response)(request)
    assert isinstance(answered, type(response))
    return answered


def test_page_is_compressed() -> None:
    response = answer(HttpResponse(PAGE))

    assert isinstance(response, HttpResponse)
    assert (response["Content-Encoding"], response["Vary"]) == ("gzip", "Accept-Encoding")
    assert gzip.decompress(response.content) == PAGE
    assert len(response.content) < len(PAGE)


def test_page_is_left_to_whom_cannot_read_it_compressed() -> None:
    response = answer(HttpResponse(PAGE), accepts="identity")

    assert isinstance(response, HttpResponse)
    assert ("Content-Encoding" in response, response["Vary"], response.content) == (False, "Accept-Encoding", PAGE)


def test_length_does_not_tell_a_guess() -> None:
    """Each answer is padded by chance: what BREACH measures is noise."""
    responses = [answer(HttpResponse(PAGE)) for _ in range(40)]

    assert len({response["Content-Length"] for response in responses}) > 5


@pytest.mark.parametrize("kind", ["audio/ogg", "image/png", "application/octet-stream"])
def test_what_is_no_text_is_left_alone(kind: str) -> None:
    assert "Content-Encoding" not in answer(HttpResponse(PAGE, content_type=kind))


def test_a_range_keeps_its_length() -> None:
    response = StreamingHttpResponse([PAGE], content_type="text/plain", headers={"Content-Length": str(len(PAGE))})

    assert (answer(response)["Content-Length"], "Content-Encoding" in response) == (str(len(PAGE)), False)
