"""Every use of aiortc and aioice beyond their public API, in one place, checked when the relay starts.

The names have been the same from aiortc 1.9 to 1.16; requirements pin `aiortc~=1.16`.
"""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import aiortc.rtcicetransport
import aiortc.sdp
from aioice import Candidate
from aioice.candidate import candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol
from aiortc import RTCRtpReceiver, RTCRtpSender

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aiortc import RTCRtpTransceiver

AIORTC_VERSION = "1.16"
_EXPECTED: tuple[tuple[Any, str], ...] = (
    (aiortc.rtcicetransport, "Connection"),
    (Connection, "get_component_candidates"),
    (StunProtocol, "connection_made"),
    (aiortc.sdp.SessionDescription, "parse"),
    (RTCRtpReceiver, "receive"),
    (RTCRtpSender, "send"),
)


class UnexpectedAiortcError(RuntimeError):
    """The installed aiortc is not the one that the relay was written for."""


def check() -> None:
    """Raise UnexpectedAiortcError if something that the relay relies on is not there."""
    installed = version("aiortc")
    missing = [f"{getattr(owner, '__name__', owner)}.{name}" for owner, name in _EXPECTED if not hasattr(owner, name)]
    if missing or not installed.startswith(f"{AIORTC_VERSION}."):
        msg = (
            f"The relay needs aiortc {AIORTC_VERSION}.x; installed is {installed}, "
            f"missing: {', '.join(missing) or 'nothing'}. Install the versions of requirements/base.txt."
        )
        raise UnexpectedAiortcError(msg)


def parse_sdp(text: str) -> aiortc.sdp.SessionDescription:
    """Return the description. Raises whatever the parser stumbles over if it is none."""
    return aiortc.sdp.SessionDescription.parse(text)


def use_addresses(addresses: Sequence[str]) -> None:
    """Make every peer connection from now on announce `addresses` and no other.

    aioice would look for the machine's own and skip loopback. This is where the shared UDP port will come in.
    """
    announced = tuple(addresses)

    class RelayConnection(Connection):
        """An ICE agent with one socket for each announced address."""

        async def get_component_candidates(
            self,
            component: int,
            addresses: list[str],  # noqa: ARG002 - aioice's own finding, which is not used
            timeout: int = 5,  # noqa: ARG002, ASYNC109 - the signature is aioice's
        ) -> list[Candidate]:
            protocols = [await _bind(self, component, address) for address in announced]
            self._protocols += protocols
            return [protocol.local_candidate for protocol in protocols]

    vars(aiortc.rtcicetransport)["Connection"] = RelayConnection


async def _bind(connection: Connection, component: int, address: str) -> StunProtocol:
    loop = asyncio.get_running_loop()
    try:
        transport, protocol = await loop.create_datagram_endpoint(
            lambda: StunProtocol(connection), local_addr=(address, 0)
        )
    except OSError:
        # Not this machine's own address: a router in front has it and forwards to us.
        everywhere = "::" if ":" in address else "0.0.0.0"  # noqa: S104
        transport, protocol = await loop.create_datagram_endpoint(
            lambda: StunProtocol(connection), local_addr=(everywhere, 0)
        )
    protocol.local_candidate = Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=address,
        port=transport.get_extra_info("sockname")[1],
        type="host",
    )
    return protocol


def keep_media_out(transceiver: RTCRtpTransceiver) -> None:
    """Stop aiortc from decoding, encoding and timing for this transceiver; packets that arrive are dropped.

    By itself it would start a decoder thread for a speaker, fill a queue without bound that nobody empties, and look
    every 20 ms whether there is something to send to a listener.
    """

    async def nothing(_parameters: object) -> None:
        pass

    vars(transceiver.receiver)["receive"] = nothing
    vars(transceiver.sender)["send"] = nothing
