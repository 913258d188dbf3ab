"""Where pushes may be sent: to push services on the public net, never into the network that we stand in.

Whoever subscribes names the address, so config.lib.outgoing looks at it first. Redirects are not followed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import certifi
import urllib3
from django.conf import settings

from config.lib.outgoing import PORTS, BadAddressError, check_address, is_public, parts_of, resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

CONNECT_SECONDS, READ_SECONDS = 5.0, 10.0
# Nothing is sent there.
BadEndpointError = BadAddressError

__all__ = ["Answer", "BadEndpointError", "check_endpoint", "is_public", "post"]


class Answer(NamedTuple):
    """What a push service said."""

    status: int
    retry_after: str


def check_endpoint(endpoint: str) -> None:
    """Refuse what cannot be a push service's address; raises BadEndpointError. It asks no name server."""
    if settings.PUSH_PRIVATE_ENDPOINTS:
        parts_of(endpoint)
    elif check_address(endpoint).scheme != "https":
        raise BadEndpointError


def post(endpoint: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send it; raises BadEndpointError for an address that is not public, OSError or HTTPError if nobody answers."""
    check_endpoint(endpoint)
    scheme, host, port, path = parts_of(endpoint)
    address = _resolve(host, port)
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    pool: urllib3.HTTPConnectionPool
    if scheme == "https":
        pool = urllib3.HTTPSConnectionPool(
            address, port, timeout=timeout, ca_certs=certifi.where(), server_hostname=host, assert_hostname=host
        )
    else:
        pool = urllib3.HTTPConnectionPool(address, port, timeout=timeout)
    named = host if port == PORTS["https"] else f"{host}:{port}"
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


def _resolve(host: str, port: int) -> str:
    """Return one of the name's addresses; raises BadEndpointError if any of them is not public."""
    return resolve(host, port, private=settings.PUSH_PRIVATE_ENDPOINTS)
