"""What is read of an address that anybody may name: from a real server, with a net around it that we control."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from config.lib.outgoing import BadAddressError, ascii_address, check_address, is_public
from config.lib.reading import MOST_REDIRECTS, Read, UnreadableError, read
from tests.servers.pages import Pages, moved, page

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"
KINDS = ("text/html",)


class Net:
    """Names and what they lead to; a connection to a public address ends at our server."""

    def __init__(self, pages: Pages, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: dict[str, list[list[str]]] = {"example.org": [[PUBLIC]], "six.example.org": [[OTHER]]}
        self.resolved: list[str] = []
        self.connected: list[tuple[str, int]] = []
        self._pages = pages
        monkeypatch.setattr(socket, "getaddrinfo", self._resolve)
        monkeypatch.setattr(socket, "create_connection", self._lead)

    def _resolve(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
        self.resolved.append(host)
        answers = self.names.get(host, [[host]])
        found = answers.pop(0) if len(answers) > 1 else answers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def _lead(self, address: tuple[str, int], *args: Any, **kwargs: Any) -> socket.socket:
        self.connected.append(address)
        del args
        made = socket.socket()
        made.settimeout(kwargs.get("timeout"))
        try:
            made.connect(("127.0.0.1", self._pages.port))
        except OSError:
            made.close()
            raise
        return made


@pytest.fixture
def pages() -> Iterator[Pages]:
    made = Pages()
    yield made
    made.close()


@pytest.fixture
def net(pages: Pages, monkeypatch: pytest.MonkeyPatch) -> Net:
    return Net(pages, monkeypatch)


def get(address: str, *, most_bytes: int = 10_000, seconds: float = 5.0) -> Read:
    return read(address, kinds=KINDS, most_bytes=most_bytes, seconds=seconds)


def test_page_is_read_from_the_address_that_was_looked_at(net: Net, pages: Pages) -> None:
    pages.says["/a?b=c"] = page("Bonsoir à tous".encode())
    assert get("http://example.org/a?b=c") == Read(
        "http://example.org/a?b=c", "text/html", "utf-8", "Bonsoir à tous".encode(), whole=True
    )
    assert (net.connected, pages.asked) == ([(PUBLIC, 80)], [("example.org", "/a?b=c")])


def test_ipv6_is_read_too(net: Net, pages: Pages) -> None:
    pages.says["/"] = page(b"six")
    assert get("http://six.example.org").body == b"six"
    assert net.connected == [(OTHER, 80)]


@pytest.mark.parametrize(
    "inside",
    [
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0.0.0.0/",
        "http://10.1.2.3/",
        "http://172.16.0.1/",
        "http://192.168.1.1/",
        "http://100.64.0.1/",
        "http://169.254.169.254/latest/meta-data/",
        "http://224.0.0.1/",
        "http://255.255.255.255/",
        "http://[::1]/",
        "http://[::]/",
        "http://[::ffff:169.254.169.254]/",
        "http://[::ffff:7f00:1]/",
        "http://[::127.0.0.1]/",
        "http://[64:ff9b::a9fe:a9fe]/",
        "http://[2002:7f00:1::]/",
        "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
        "http://[fe80::1]/",
        "http://[fe80::1%25lo]/",
        "http://[fd12:3456::1]/",
        "http://[ff02::1]/",
        "http://[fec0::1]/",
        "http://localhost/",
        "http://inside.example.org/",
        "http://half.example.org/",
        "http://example.org:22/",
        "https://example.org:8443/",
        "file:///etc/passwd",
        "gopher://example.org/",
        "http://user:secret@example.org/",
        "//127.0.0.1/",
        "\\\\127.0.0.1\\",
    ],
)
def test_nothing_inside_is_asked_neither_at_once_nor_by_a_redirect(net: Net, pages: Pages, inside: str) -> None:
    real = {"127.1": "127.0.0.1", "2130706433": "127.0.0.1", "0x7f.0.0.1": "127.0.0.1", "0177.0.0.1": "127.0.0.1"}
    net.names |= {name: [[number]] for name, number in real.items()}
    net.names |= {"localhost": [["127.0.0.1"]], "inside.example.org": [["10.0.0.7"]]}
    net.names |= {"half.example.org": [[PUBLIC, "127.0.0.1"]]}
    pages.says["/"] = moved(inside)
    with pytest.raises(UnreadableError):
        get(inside)
    assert net.connected == []
    with pytest.raises(UnreadableError):
        get("http://example.org/")
    # The one that sent us on; a path that only looks like an address of its own stays with it.
    assert {address for address, _port in net.connected} == {PUBLIC}
    assert {host for host, _path in pages.asked} == {"example.org"}


def test_name_that_changes_its_address_gains_nothing(net: Net, pages: Pages) -> None:
    """DNS rebinding: it is resolved once for each request, and that very address is asked."""
    net.names["rebound.example.org"] = [[PUBLIC], ["127.0.0.1"]]
    pages.says["/"] = moved("http://rebound.example.org/again")
    pages.says["/again"] = page(b"inside")
    with pytest.raises(UnreadableError):
        get("http://rebound.example.org/")
    assert (net.resolved, net.connected) == (["rebound.example.org"] * 2, [(PUBLIC, 80)])


@pytest.mark.parametrize(("steps", "arrives"), [(MOST_REDIRECTS - 1, True), (MOST_REDIRECTS, False)])
def test_few_redirects_are_followed(net: Net, pages: Pages, steps: int, arrives: bool) -> None:
    for step in range(steps):
        pages.says[f"/{step}"] = moved(f"/{step + 1}", status="308 Permanent Redirect")
    pages.says[f"/{steps}"] = page(b"here")
    if arrives:
        assert get("http://example.org/0").address == f"http://example.org/{steps}"
    else:
        with pytest.raises(UnreadableError):
            get("http://example.org/0")
    assert len(net.connected) == MOST_REDIRECTS


@pytest.mark.parametrize("location", ["", "http://[::1", "https://exa mple.org/", "http://\x00/", "x" * 70_000])
def test_redirect_to_nowhere_is_an_error_and_no_more(net: Net, pages: Pages, location: str) -> None:
    pages.says["/"] = moved(location)
    with pytest.raises(UnreadableError):
        get("http://example.org/")


def test_endless_body_is_read_as_far_as_wanted(net: Net, pages: Pages) -> None:
    def endless() -> Iterable[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n"
        while not pages.ended.is_set():
            yield b"x" * 65536

    pages.says["/"] = endless
    found = get("http://example.org/", most_bytes=100_000)
    assert (len(found.body), found.whole) == (100_000, False)


@pytest.mark.parametrize("size", [9_999, 10_000, 10_001])
def test_limit_of_size_is_exact(net: Net, pages: Pages, size: int) -> None:
    pages.says["/"] = page(b"x" * size)
    found = get("http://example.org/", most_bytes=10_000)
    assert (len(found.body), found.whole) == (min(size, 10_000), size <= 10_000)


def slowly(pages: Pages, *pieces: bytes) -> Iterable[bytes]:
    yield from pieces
    while not pages.ended.wait(0.05):
        yield b"x"


@pytest.mark.parametrize(
    "start",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Slow: ",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 9000\r\n\r\n",
    ],
)
def test_slow_answer_is_cut_when_the_time_is_over(net: Net, pages: Pages, start: bytes) -> None:
    pages.says["/"] = lambda: slowly(pages, start)
    began = time.monotonic()
    with pytest.raises(UnreadableError):
        get("http://example.org/", seconds=0.5)
    assert 0.4 < time.monotonic() - began < 3.0
    assert threading.active_count() < 20


def test_time_is_for_all_redirects_together(net: Net, pages: Pages) -> None:
    def late(to: str) -> Iterable[bytes]:
        pages.ended.wait(0.3)
        yield moved(to)

    for step in range(3):
        pages.says[f"/{step}"] = partial(late, f"/{step + 1}")
    began = time.monotonic()
    with pytest.raises(UnreadableError):
        get("http://example.org/0", seconds=0.5)
    assert time.monotonic() - began < 3.0


def test_bomb_is_unpacked_as_far_as_wanted(net: Net, pages: Pages) -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    pages.says["/"] = page(bomb, "Content-Encoding: gzip")
    found = get("http://example.org/", most_bytes=100_000)
    assert (len(found.body), found.whole) == (100_000, False)


@pytest.mark.parametrize(
    ("body", "encoding"),
    [(b"not gzip", "gzip"), (b"x", "br"), (b"x", "gzip, gzip"), (gzip.compress(b"x", mtime=0)[:12], "zstd")],
)
def test_what_is_packed_otherwise_is_left(net: Net, pages: Pages, body: bytes, encoding: str) -> None:
    pages.says["/"] = page(body, f"Content-Encoding: {encoding}")
    with pytest.raises(UnreadableError):
        get("http://example.org/")


@pytest.mark.parametrize("kind", ["application/pdf", "image/svg+xml", "", "nonsense", "text/html2"])
def test_other_kinds_are_left(net: Net, pages: Pages, kind: str) -> None:
    pages.says["/"] = page(b"%PDF", kind=kind)
    with pytest.raises(UnreadableError):
        get("http://example.org/")


@pytest.mark.parametrize("status", ["404 Not Found", "500 Oops", "204 No Content", "304 Not Modified", "999 Denied"])
def test_other_answers_are_left(net: Net, pages: Pages, status: str) -> None:
    pages.says["/"] = page(b"", status=status)
    with pytest.raises(UnreadableError):
        get("http://example.org/")


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\0" * 70_000])
def test_what_is_no_web_server_is_an_error_and_no_more(net: Net, pages: Pages, said: bytes) -> None:
    pages.says["/"] = said
    with pytest.raises(UnreadableError):
        get("http://example.org/", seconds=1.0)
    with pytest.raises(UnreadableError):
        get("https://example.org/", seconds=1.0)


def test_nobody_answers(net: Net, pages: Pages) -> None:
    pages.close()
    with pytest.raises(UnreadableError):
        get("http://example.org/")


def test_server_of_our_own_network_is_asked_when_a_test_wants_it(pages: Pages) -> None:
    pages.says["/"] = page(b"here")
    with pytest.raises(UnreadableError):
        get(pages.url)
    found = read(pages.url, kinds=KINDS, most_bytes=10, seconds=5.0, private=True)
    assert found.body == b"here"


def test_address_is_made_one_that_is_sent() -> None:
    assert ascii_address("exämple.org/ä?ö=ü") == "https://xn--exmple-cua.org/%C3%A4?%C3%B6=%C3%BC"
    with pytest.raises(BadAddressError):
        check_address("https://example.org/ä")


def test_reserved_numbers_are_not_public() -> None:
    assert [is_public(number) for number in ("::127.0.0.1", "240.0.0.1", "8.8.8.8")] == [False, False, True]
