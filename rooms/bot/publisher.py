"""One connection that sends a voice to the relay: aiortc as a browser would be."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import aioice.ice
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription

from rooms.bot.voice import SpeechTrack

if TYPE_CHECKING:
    from collections.abc import Callable

    from rooms.bot.voice import Voice

LOOPBACK_IPV4 = "127.0.0.1"
LOOPBACK_IPV6 = "::1"
_OPUS = [codec for codec in RTCRtpSender.getCapabilities("audio").codecs if codec.mimeType == "audio/opus"]


class Publisher:
    """One media session of kind `publish`, from its offer until `close`. `on_change` hears when its state changes."""

    def __init__(self, voice: Voice, on_change: Callable[[], None]) -> None:
        self.media_session = ""
        self._peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self._peer.on("connectionstatechange", on_change)
        transceiver = self._peer.addTransceiver(SpeechTrack(voice), direction="sendonly")
        transceiver.setCodecPreferences(_OPUS)

    @property
    def connected(self) -> bool:
        return self._peer.connectionState == "connected"

    @property
    def lost(self) -> bool:
        return self._peer.connectionState in {"failed", "closed"}

    async def offer(self) -> str:
        """Return the offer to send."""
        await self._peer.setLocalDescription(await self._peer.createOffer())
        return self._peer.localDescription.sdp

    async def accept(self, answer: str, media_session: str) -> None:
        """Begin to connect as the relay's answer says."""
        self.media_session = media_session
        await self._peer.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    async def close(self) -> None:
        await self._peer.close()


def use_loopback_too() -> None:
    """Let this process's peer connections also come from loopback addresses, which aioice leaves out.

    The relay of an installation on one machine announces 127.0.0.1, and that may be the only address there is.
    """
    found = aioice.ice.get_host_addresses

    def with_loopback(use_ipv4: bool, use_ipv6: bool) -> list[str]:  # noqa: FBT001 - the signature is aioice's
        loopback = itertools.compress([LOOPBACK_IPV4, LOOPBACK_IPV6], [use_ipv4, use_ipv6])
        return list(dict.fromkeys([*found(use_ipv4=use_ipv4, use_ipv6=use_ipv6), *loopback]))

    vars(aioice.ice)["get_host_addresses"] = with_loopback
