"""Files and ranges of them, as RFC 9110 section 14 has it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.http import StreamingHttpResponse
from django.test import RequestFactory
from django.utils.http import http_date

from config.lib import file_ranges
from config.lib.file_ranges import file_response

if TYPE_CHECKING:
    from pathlib import Path

    from django.http.response import HttpResponseBase

BYTES = bytes(range(200))
ETAG = '"v1"'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "sound.ogg"
    found.write_bytes(BYTES)
    return found


def changed(path: Path) -> str:
    return http_date(path.stat().st_mtime)


def ask(path: Path, method: str = "GET", **headers: str) -> HttpResponseBase:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    request = RequestFactory().generic(method, "/", headers=named)
    return file_response(request, path, content_type="audio/ogg", etag=ETAG)


async def body_of(response: HttpResponseBase) -> bytes:
    assert isinstance(response, StreamingHttpResponse)
    return b"".join([chunk async for chunk in response.streaming_content])  # type: ignore[union-attr]


async def test_whole_file(path: Path) -> None:
    response = ask(path)
    assert dict(response.items()) == {
        "Content-Type": "audio/ogg",
        "Content-Length": "200",
        "Accept-Ranges": "bytes",
        "ETag": ETAG,
        "Last-Modified": changed(path),
        "Cache-Control": "private, no-cache",
    }
    assert (response.status_code, await body_of(response)) == (200, BYTES)


@pytest.mark.parametrize(
    ("wanted", "begin", "end"),
    [
        ("bytes=0-", 0, 200),
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("Bytes= 10-19 ", 10, 20),
        ("bytes=199-", 199, 200),
        ("bytes=190-198", 190, 199),
        ("bytes=190-199", 190, 200),
        ("bytes=190-200", 190, 200),
        ("bytes=190-999999999999999999", 190, 200),
        ("bytes=-1", 199, 200),
        ("bytes=-199", 1, 200),
        ("bytes=-200", 0, 200),
        ("bytes=-201", 0, 200),
    ],
)
async def test_range(path: Path, wanted: str, begin: int, end: int) -> None:
    response = ask(path, range=wanted)
    assert (response.status_code, response["Content-Range"], response["Content-Length"]) == (
        206, f"bytes {begin}-{end - 1}/200", str(end - begin),
    )  # fmt: skip
    assert await body_of(response) == BYTES[begin:end]


@pytest.mark.parametrize("wanted", ["bytes=200-", "bytes=200-300", "bytes=-0", "bytes=999999999999999999-"])
def test_range_outside_the_file_is_refused(path: Path, wanted: str) -> None:
    response = ask(path, range=wanted)
    assert (response.status_code, response["Content-Range"]) == (416, "bytes */200")


@pytest.mark.parametrize(
    "wanted",
    ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "bytes=5-4", "bytes=0-1,5-6", "seconds=0-1", "bytes=--1",
     "bytes=9999999999999999999-"],
)  # fmt: skip
async def test_what_is_no_single_range_gets_the_whole(path: Path, wanted: str) -> None:
    response = ask(path, range=wanted)
    assert (response.status_code, await body_of(response)) == (200, BYTES)


@pytest.mark.parametrize(
    ("condition", "status"),
    [(ETAG, 206), ('"v2"', 200), (f"W/{ETAG}", 200), ("", 200), ("Thu, 01 Jan 1970 00:00:00 GMT", 200), ("date", 206)],
)
def test_range_only_of_the_file_that_the_client_knows(path: Path, condition: str, status: int) -> None:
    known = changed(path) if condition == "date" else condition
    assert ask(path, range="bytes=0-9", if_range=known).status_code == status


@pytest.mark.parametrize(("known", "status"), [(ETAG, 304), (f'"v0", {ETAG}', 304), ('"v0"', 200)])
def test_file_that_the_client_has_is_not_sent(path: Path, known: str, status: int) -> None:
    assert ask(path, if_none_match=known).status_code == status


def test_head_says_what_get_would_and_knows_no_ranges(path: Path) -> None:
    response = ask(path, "HEAD", range="bytes=0-9")
    assert (response.status_code, response["Content-Length"], response.streaming) == (200, "200", False)


@pytest.mark.parametrize(("limit", "end"), [(199, 199), (200, 200), (201, 200)])
async def test_range_is_no_longer_than_one_answer_may_be(
    path: Path, monkeypatch: pytest.MonkeyPatch, limit: int, end: int
) -> None:
    monkeypatch.setattr(file_ranges, "RANGE_BYTES", limit)
    response = ask(path, range="bytes=0-")
    assert (response["Content-Range"], len(await body_of(response))) == (f"bytes 0-{end - 1}/200", end)


async def test_file_is_read_in_pieces(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_ranges, "CHUNK_BYTES", 64)
    response = ask(path)
    assert isinstance(response, StreamingHttpResponse)
    sizes = [len(chunk) async for chunk in response.streaming_content]  # type: ignore[union-attr]
    assert sizes == [64, 64, 64, 8]


@pytest.mark.parametrize(
    ("unsent", "looks"),
    [([99] * 3, 3), ([100] * 3, 3), ([101, 101, 100, 0, 0], 5)],
)
async def test_more_is_sent_when_the_client_has_read_enough(
    path: Path, monkeypatch: pytest.MonkeyPatch, unsent: list[int], looks: int
) -> None:
    monkeypatch.setattr(file_ranges, "CHUNK_BYTES", 80)
    monkeypatch.setattr(file_ranges, "UNSENT_BYTES", 100)
    monkeypatch.setattr(file_ranges, "LOOK_SECONDS", 0)
    readings = iter(unsent)
    request = RequestFactory().get("/")
    request.scope = {file_ranges.UNSENT: lambda: next(readings)}  # type: ignore[attr-defined]
    assert await body_of(file_response(request, path, content_type="audio/ogg", etag=ETAG)) == BYTES
    assert (len(unsent), list(readings)) == (looks, [])


async def test_client_that_reads_nothing_is_looked_at_more_and_more_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    monkeypatch.setattr("asyncio.sleep", sleep)
    await file_ranges._until_read(lambda: file_ranges.UNSENT_BYTES + 1 if len(pauses) < 10 else 0)
    assert pauses == [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.0, 2.0]


def test_file_that_is_gone_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        ask(tmp_path / "gone.ogg")
