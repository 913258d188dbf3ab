"""Reads a page or a picture from wherever somebody said, within limits of time, size and place.

Each step of a redirect is looked at like the first address. The connection is made to the address that was looked at
(config.lib.outgoing), and is cut when the time is over, however slowly the other side goes on.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
import time
import zlib
from contextlib import contextmanager
from email.message import Message
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urldefrag, urljoin

import certifi

from config.lib.outgoing import BadAddressError, ascii_address, check_address, resolve

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from config.lib.outgoing import Target

MOST_REDIRECTS = 4
_MOVED = frozenset({301, 302, 303, 307, 308})
# Why it cannot be read, in one word for logs.
_STATUS, _KIND, _ENCODING, _TIME, _REDIRECTS = "status", "kind", "encoding", "time", "redirects"
_CHUNK = 16 * 1024
_AGENT = "Mozilla/5.0 (compatible; Causerie; link preview)"


class UnreadableError(Exception):
    """It cannot be read, whoever's fault that is."""


class Read(NamedTuple):
    """What was read, from where in the end; `whole` is False if more would have come."""

    address: str
    kind: str
    charset: str
    body: bytes
    whole: bool


def read(address: str, *, kinds: Collection[str], most_bytes: int, seconds: float, private: bool = False) -> Read:
    """Return at most `most_bytes` of what is there, if it is of one of these content types.

    `private` lets it go to addresses of this machine and network. Raises UnreadableError.
    """
    until = time.monotonic() + seconds
    try:
        for _ in range(MOST_REDIRECTS):
            target = check_address(address, private=private)
            found = _Answer(target, resolve(target.host, target.port, private=private), until, kinds)
            with found.open() as answer:
                if answer.status not in _MOVED:
                    return found.take(address, answer, most_bytes)
                moved = answer.headers.get("Location", "")
            address = ascii_address(urldefrag(urljoin(address, moved)).url)
    except (BadAddressError, OSError, http.client.HTTPException, ValueError, zlib.error) as error:
        raise UnreadableError(type(error).__name__) from error
    raise UnreadableError(_REDIRECTS)


class _Answer:
    """One request and its answer."""

    def __init__(self, target: Target, number: str, until: float, kinds: Collection[str]) -> None:
        self._target = target
        self._number = number
        self._until = until
        self._kinds = kinds
        self._socket: socket.socket | None = None
        self._cut = False

    @contextmanager
    def open(self) -> Iterator[http.client.HTTPResponse]:
        left = self._until - time.monotonic()
        if left <= 0:
            raise UnreadableError(_TIME)
        self._socket = socket.create_connection((self._number, self._target.port), timeout=left)
        # A timeout of the socket is for each piece; whoever sends a byte a second would be heard for ever.
        clock = threading.Timer(max(0.0, self._until - time.monotonic()), self._end)
        clock.daemon = True
        clock.start()
        try:
            if self._target.scheme == "https":
                self._begin_tls()
            connection = http.client.HTTPConnection(self._target.host, self._target.port)
            connection.sock = self._socket
            self._ask(connection)
            with connection.getresponse() as answer:
                yield answer
        finally:
            clock.cancel()
            self._socket.close()

    def take(self, address: str, answer: http.client.HTTPResponse, most: int) -> Read:
        """Return what the answer holds."""
        said = Message()
        said["Content-Type"] = answer.headers.get("Content-Type", "")
        kind = said.get_content_type()
        if answer.status != http.client.OK or kind not in self._kinds:
            raise UnreadableError(_STATUS if answer.status != http.client.OK else _KIND)
        packed = answer.headers.get("Content-Encoding", "").strip().lower()
        if packed not in {"", "identity", "gzip", "deflate"}:
            raise UnreadableError(_ENCODING)
        unpack = zlib.decompressobj(zlib.MAX_WBITS | 32) if packed in {"gzip", "deflate"} else None
        body = bytearray()
        while len(body) <= most and (piece := answer.read1(_CHUNK)):
            # Some kilobytes may hold gigabytes: no more is unpacked than is wanted.
            body += unpack.decompress(piece, most + 1 - len(body)) if unpack else piece
        if self._cut:
            raise UnreadableError(_TIME)
        charset = said.get_content_charset() or ""
        return Read(address, kind, charset, bytes(body[:most]), whole=len(body) <= most)

    def _begin_tls(self) -> None:
        assert self._socket is not None
        context = ssl.create_default_context(cafile=certifi.where())
        secured = context.wrap_socket(self._socket, server_hostname=self._target.host, do_handshake_on_connect=False)
        self._socket = secured
        secured.do_handshake()

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        connection.putrequest("GET", self._target.path, skip_host=True, skip_accept_encoding=True)
        connection.putheader("Host", self._target.named)
        connection.putheader("User-Agent", _AGENT)
        connection.putheader("Accept", ", ".join(self._kinds))
        connection.putheader("Accept-Encoding", "identity")
        connection.putheader("Connection", "close")
        connection.endheaders()

    def _end(self) -> None:
        """Whatever waits for the other side gets its end; the socket itself is closed by whoever waits."""
        self._cut = True
        if self._socket is not None:
            try:
                # Not TLS's own, which another thread is in the middle of.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)
            except OSError:
                return
