"""Where our own requests may go: to the public net, never into the network that we stand in.

Visitors name addresses, of their push service or of a page that they share, so a request to one must not reach what
only we can reach (SSRF). The name is resolved here, each of its addresses looked at, and the connection made to that
very address: a name that changes its address in between gains nothing.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

from django.utils.encoding import iri_to_uri

PORTS = {"http": 80, "https": 443}
# A name, or a number of either kind; no part of the zone that an IPv6 one may name.
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")


class BadAddressError(ValueError):
    """Nothing is sent there."""


class Target(NamedTuple):
    """An address in parts; the path carries its query."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def named(self) -> str:
        """Return what the Host header says (RFC 9110 section 7.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def parts_of(address: str) -> Target:
    """Return the parts of an http(s) address in printable ASCII without a name in front; raises BadAddressError."""
    try:
        parts = urlsplit(address)
        port = parts.port or PORTS.get(parts.scheme, 0)
    except ValueError as error:
        raise BadAddressError from error
    host = parts.hostname or ""
    printable = address.isascii() and address.isprintable() and " " not in address
    if not _HOST.fullmatch(host) or not printable or parts.username is not None or parts.scheme not in PORTS:
        raise BadAddressError
    return Target(parts.scheme, host, port, (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))


def check_address(address: str, *, private: bool = False) -> Target:
    """Return the parts of an address that may be asked; raises BadAddressError. It asks no name server.

    Unless `private`: only the usual ports, names with a dot, and no number that is not public.
    """
    target = parts_of(address)
    if private:
        return target
    if target.port != PORTS[target.scheme] or not ("." in target.host.strip(".") or ":" in target.host):
        raise BadAddressError
    try:
        number = str(ipaddress.ip_address(target.host))
    except ValueError:
        return target
    if not is_public(number):
        raise BadAddressError
    return target


def resolve(host: str, port: int, *, private: bool = False) -> str:
    """Return one of the name's addresses; raises BadAddressError if any of them is not public, OSError if none is."""
    try:
        found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:
        # A label that no name server could be asked for.
        raise BadAddressError from error
    if not private and not all(map(is_public, found)):
        raise BadAddressError
    return found[0]


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
        # RFC 3879: once a network's own, and still used so.
        if found.is_site_local:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def ascii_address(typed: str) -> str:
    """Return an address as a person types or copies it in the form that is sent; raises BadAddressError."""
    typed = typed.strip()
    try:
        parts = urlsplit(typed if "://" in typed else f"https://{typed}")
        host = parts.netloc if parts.netloc.isascii() else parts.netloc.encode("idna").decode()
    except ValueError as error:
        raise BadAddressError from error
    return iri_to_uri(urlunsplit((parts.scheme, host, parts.path, parts.query, parts.fragment)))
