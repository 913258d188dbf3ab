"""Offers: which SDP is let through, and that nothing else than a refusal comes of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.relay.grants import Grant
from media.relay.messages import MAX_SDP_BYTES, Gone, GoneReason
from media.relay.offers import LISTEN_DIRECTIONS, MAX_SDP_LINES, PUBLISH_DIRECTIONS, BadSdpError, clean_offer
from media.relay.session import Opening
from media.relay.sessions import Sessions

if TYPE_CHECKING:
    from media.relay.messages import Event

# As Chromium writes it, cut down to one codec of each sort.
CHROMIUM = "\r\n".join(
    [
        "v=0",
        "o=- 4611732234 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS 6f2c",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=candidate:1 1 udp 2113937151 0a1b.local 51234 typ host generation 0 network-cost 999",
        "a=end-of-candidates",
        "a=ice-ufrag:Zn3w",
        "a=ice-pwd:Yk3mN2f1Kc9sPq8rTu7vWx6y",
        "a=ice-options:trickle",
        "a=fingerprint:sha-256 " + ":".join(["AB"] * 32),
        "a=setup:actpass",
        "a=mid:0",
        "a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
        "a=sendonly",
        "a=msid:6f2c 77aa",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=fmtp:111 minptime=10;useinbandfec=1",
        "a=rtpmap:0 PCMU/8000",
        "a=ssrc:3735928559 cname:Zk1f",
        "",
    ]
)


def publish(sdp: str) -> str:
    return clean_offer(sdp, directions=PUBLISH_DIRECTIONS)


def without(start: str) -> str:
    return "".join(f"{line}\r\n" for line in CHROMIUM.splitlines() if not line.startswith(start))


def test_clean_offer_takes_out_candidates_and_nothing_else() -> None:
    assert publish(CHROMIUM) == "".join(
        f"{line}\r\n" for line in CHROMIUM.splitlines() if not line.startswith(("a=candidate", "a=end-of-candidates"))
    )


def test_clean_offer_with_bare_line_feeds_is_the_same() -> None:
    assert publish(CHROMIUM.replace("\r\n", "\n")) == publish(CHROMIUM)


@pytest.mark.parametrize(
    ("direction", "publishes", "listens"),
    [("sendonly", True, False), ("sendrecv", True, False), ("recvonly", False, True), ("inactive", False, False)],
)
def test_clean_offer_by_direction(direction: str, publishes: bool, listens: bool) -> None:
    sdp = CHROMIUM.replace("a=sendonly", f"a={direction}")
    for directions, allowed in ((PUBLISH_DIRECTIONS, publishes), (LISTEN_DIRECTIONS, listens)):
        if allowed:
            assert f"a={direction}" in clean_offer(sdp, directions=directions)
        else:
            with pytest.raises(BadSdpError):
                clean_offer(sdp, directions=directions)


AUDIO = CHROMIUM[CHROMIUM.index("m=audio") :]


@pytest.mark.parametrize(
    "sdp",
    [
        "",
        "v=0\r\n",
        CHROMIUM + AUDIO,
        CHROMIUM.replace("m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "m=video 9 UDP/TLS/RTP/SAVPF 111"),
        CHROMIUM.replace("m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel"),
        CHROMIUM.replace("m=audio 9", "m=audio 0"),
        without("a=rtpmap:111"),
        without("a=fingerprint"),
        without("a=setup"),
        without("a=ice-ufrag"),
        without("a=ice-pwd"),
        without("a=rtcp-mux"),
        CHROMIUM.replace("Zn3w", "Zn3"),
        CHROMIUM.replace("Zn3w", "Zn:w"),
        CHROMIUM.replace("cname:Zk1f", "cname:é"),
        CHROMIUM.replace("cname:Zk1f", "cname:a\x0bm=audio 9 UDP/TLS/RTP/SAVPF 111"),
    ],
)
def test_clean_offer_of_something_else_is_refused(sdp: str) -> None:
    with pytest.raises(BadSdpError):
        publish(sdp)


@pytest.mark.parametrize(("extra", "allowed"), [(-1, True), (0, True), (1, False)])
def test_clean_offer_below_at_and_above_the_length(extra: int, allowed: bool) -> None:
    filler = "a=x:" + "y" * (MAX_SDP_BYTES + extra - len(CHROMIUM) - 6) + "\r\n"
    sdp = CHROMIUM + filler
    assert len(sdp) == MAX_SDP_BYTES + extra
    if allowed:
        assert publish(sdp).endswith(filler)
    else:
        with pytest.raises(BadSdpError):
            publish(sdp)


@pytest.mark.parametrize(("extra", "allowed"), [(-1, True), (0, True), (1, False)])
def test_clean_offer_below_at_and_above_the_number_of_lines(extra: int, allowed: bool) -> None:
    sdp = CHROMIUM + "a=x\r\n" * (MAX_SDP_LINES + extra - CHROMIUM.count("\r\n"))
    if allowed:
        assert publish(sdp).endswith("a=x\r\n")
    else:
        with pytest.raises(BadSdpError):
            publish(sdp)


lines = st.lists(
    st.one_of(st.sampled_from(CHROMIUM.splitlines()), st.text(max_size=60), st.from_regex(r"[amvcs]=[ -~]{0,40}")),
    max_size=60,
)


@given(lines)
def test_clean_offer_of_any_lines_is_an_offer_or_refused(parts: list[str]) -> None:
    sdp = "\r\n".join(parts)
    try:
        cleaned = publish(sdp)
    except BadSdpError:
        return
    assert "a=candidate:" not in cleaned
    assert cleaned.count("m=audio") >= 1


def mutate(line: str, replacement: str, times: int) -> str:
    return CHROMIUM.replace(f"{line}\r\n", f"{replacement}\r\n" * times)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    line=st.sampled_from([line for line in CHROMIUM.splitlines() if line]),
    replacement=st.one_of(st.from_regex(r"\A[amvcs]=[ -~]{0,40}\Z"), st.sampled_from(CHROMIUM.splitlines())),
    times=st.integers(0, 3),
)
async def test_session_of_almost_an_offer_is_answered_or_refused(line: str, replacement: str, times: int) -> None:
    sdp = CHROMIUM.replace(f"{line}\r\n", f"{replacement}\r\n" * times)
    events: list[Event] = []
    sessions = Sessions(limit=1, connect_seconds=60, emit=events.append)
    grant = Grant(person="p1", room="r1", session="s1", may_publish=True, epoch=0, expires_at=0)
    try:
        answer = await sessions.open(Opening(grant, publish=True, muted=False, sdp=sdp))
    except BadSdpError:
        # Refused, and nothing is left of it.
        assert len(sessions) == 0
    else:
        assert answer.startswith("v=0")
        await sessions.close_all(GoneReason.CLOSED)
        assert events == [Gone(session="s1", reason=GoneReason.CLOSED)]
