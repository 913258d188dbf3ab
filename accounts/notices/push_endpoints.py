"""Where pushes may be sent: to push services on the public net, never into the network that we stand in.

Whoever subscribes names the address, so a request to it must not reach what only we can reach (SSRF). The name is
resolved here, each address looked at, and the connection made to that very address: a name that changes its address
in between gains nothing. Redirects are not followed.
"""

from __future__ import annotations

import ipaddress
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import certifi
import urllib3
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
HTTPS_PORT = 443


class BadEndpointError(ValueError):
    """Nothing is sent there."""


class Answer(NamedTuple):
    """What a push service said."""

    status: int
    retry_after: str


def check_endpoint(endpoint: str) -> None:
    """Refuse what cannot be a push service's address; raises BadEndpointError. It asks no name server."""
    host, port, _path, scheme = _parts(endpoint)
    if settings.PUSH_PRIVATE_ENDPOINTS:
        return
    if scheme != "https" or port != HTTPS_PORT or "." not in host.strip("."):
        raise BadEndpointError
    try:
        address = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return
    if not is_public(str(address)):
        raise BadEndpointError


def post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it; raises BadEndpointError for an address that is not public, OSError or HTTPError if nobody answers."""
    check_endpoint(endpoint)
    host, port, path, scheme = _parts(endpoint)
    address = _resolve(host, port)
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    pool: urllib3.HTTPConnectionPool
    if scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=timeout, ca_certs=certifi.where(), server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    named = host if port == HTTPS_PORT else f"{host}:{port}"
    with pool:
        answer = pool.urlopen(
            "POST",
            path,
            body=body,
            headers={**headers, "Host": named},
            redirect=False,
            retries=False,
            # However much it says, the status is enough.
            preload_content=False,
        )
        answer.close()
        return Answer(answer.status, answer.headers.get("Retry-After", ""))


def is_public(address: str) -> bool:
    """Say whether everybody can reach it; an IPv4 address inside an IPv6 one is looked at as itself."""
    found = ipaddress.ip_address(address)
    if isinstance(found, ipaddress.IPv6Address):
        inside = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        # RFC 6052: what a translator reaches is the IPv4 address in the last four bytes.
        if inside is None and found in ipaddress.ip_network("64:ff9b::/96"):
            inside = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inside is not None:
            return is_public(str(inside))
    return found.is_global and not found.is_multicast


def _parts(endpoint: str) -> tuple[str, int, str, str]:
    try:
        parts = urlsplit(endpoint)
        port = parts.port or (HTTPS_PORT if parts.scheme == "https" else 80)
    except ValueError as error:
        raise BadEndpointError from error
    host = parts.hostname or ""
    printable = endpoint.isascii() and endpoint.isprintable() and " " not in endpoint
    if not host or not printable or parts.username is not None or parts.scheme not in {"http", "https"}:
        raise BadEndpointError
    return host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""), parts.scheme


def _resolve(host: str, port: int) -> str:
    """Return one of the name's addresses; raises BadEndpointError if any of them is not public."""
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not settings.PUSH_PRIVATE_ENDPOINTS and not all(map(is_public, found)):
        raise BadEndpointError
    return found[0]
