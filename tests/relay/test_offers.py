"""Offers: which SDP is let through, and that nothing else than a refusal comes of the rest."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.relay.grants import Grant
from media.relay.messages import MAX_SDP_BYTES, Gone, GoneReason
from media.relay.offers import (
    LISTEN_DIRECTIONS,
    MAX_SDP_LINES,
    PUBLISH_DIRECTIONS,
    BadSdpError,
    Negotiated,
    clean_offer,
    count_lines,
    negotiated_in,
    with_opus_parameters,
)
from media.relay.port import Port
from media.relay.rooms import RelayRooms
from media.relay.rtp import Label, WireProfile, build
from media.relay.session import Handshakes, Opening, Surroundings
from media.relay.sessions import Sessions
from tests.relay.network import Silence
from tests.relay.packets import packet

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


LINE = AUDIO.replace("a=sendonly", "a=recvonly")


def listen_offer(*mids: str, bundle: str | None = None) -> str:
    """Return an offer of one listening line for each mid; `bundle` is the group if not all of them."""
    head = CHROMIUM[: CHROMIUM.index("m=audio")]
    head = head.replace("BUNDLE 0", f"BUNDLE {' '.join(mids) if bundle is None else bundle}")
    return head + "".join(LINE.replace("a=mid:0", f"a=mid:{mid}") for mid in mids)


def listen(sdp: str, most_lines: int = 3) -> str:
    return clean_offer(sdp, directions=LISTEN_DIRECTIONS, most_lines=most_lines)


@pytest.mark.parametrize("mids", [("0",), ("0", "1"), ("0", "1", "2"), ("a", "b", "c")])
def test_clean_offer_of_up_to_three_lines(mids: tuple[str, ...]) -> None:
    assert count_lines(listen(listen_offer(*mids))) == len(mids)


THREE = listen_offer("0", "1", "2")


def in_last_line(old: str, new: str) -> str:
    """Return the offer of three lines with something else in its last one."""
    begin = THREE.rindex("m=audio")
    assert old in THREE[begin:]
    return THREE[:begin] + THREE[begin:].replace(old, new)


@pytest.mark.parametrize(
    "sdp",
    [
        listen_offer("0", "1", "2", "3"),
        listen_offer("0", "0", "1"),
        listen_offer("0", "1", "2", bundle="0 1"),
        listen_offer("0", "1", "2", bundle="0 1 1"),
        listen_offer("0", "1", "2", bundle="2 1 0"),
        listen_offer("0", "1", "2", bundle=""),
        THREE.replace("a=group:BUNDLE 0 1 2", "a=group:LS 0 1 2"),
        THREE.replace("a=group:BUNDLE 0 1 2", "a=group:BUNDLE 0 1\r\na=group:BUNDLE 2"),
        THREE.replace("a=group:BUNDLE 0 1 2\r\n", ""),
        # Another transport, another meaning of the same ids, another direction, another kind.
        in_last_line("Zn3w", "Zn3v"),
        in_last_line("Yk3m", "Zk3m"),
        in_last_line("111", "112"),
        in_last_line("a=extmap:1 ", "a=extmap:2 "),
        in_last_line("a=recvonly", "a=sendonly"),
        in_last_line("a=recvonly", "a=inactive"),
        in_last_line("m=audio 9", "m=audio 0"),
        in_last_line("m=audio 9 UDP/TLS/RTP/SAVPF 111 0", "m=video 9 UDP/TLS/RTP/SAVPF 111"),
        in_last_line("a=rtcp-mux", "a=rtcp-rsize"),
        in_last_line("a=mid:2\r\n", ""),
    ],
)
def test_clean_offer_of_lines_that_do_not_go_together_is_refused(sdp: str) -> None:
    with pytest.raises(BadSdpError):
        listen(sdp)


@pytest.mark.parametrize(("most", "allowed"), [(4, True), (3, True), (2, False)])
def test_clean_offer_with_lines_below_at_and_above_the_limit(most: int, allowed: bool) -> None:
    if allowed:
        assert count_lines(listen(THREE, most)) == 3
    else:
        with pytest.raises(BadSdpError):
            listen(THREE, most)


@pytest.mark.parametrize(
    ("payload_type", "allowed"), [("96", True), ("127", True), ("128", False), ("255", False), ("-3", False)]
)
def test_clean_offer_with_payload_types_of_seven_bits_only(payload_type: str, allowed: bool) -> None:
    sdp = CHROMIUM.replace("111", payload_type)
    if allowed:
        assert f"a=rtpmap:{payload_type} opus/48000/2\r\n" in publish(sdp)
    else:
        with pytest.raises(BadSdpError):
            publish(sdp)


@pytest.mark.parametrize(
    ("number", "allowed"), [("-1", False), ("0", False), ("1", True), ("14", True), ("255", True), ("256", False)]
)
def test_clean_offer_with_extension_ids_of_one_byte_only(number: str, allowed: bool) -> None:
    sdp = CHROMIUM.replace("a=extmap:1 ", f"a=extmap:{number} ")
    if allowed:
        assert f"a=extmap:{number} " in publish(sdp)
    else:
        with pytest.raises(BadSdpError):
            publish(sdp)


@pytest.mark.parametrize(("number", "level_id"), [(1, 1), (14, 14), (15, 0)])
def test_negotiated_level_below_at_and_above_the_short_form(number: int, level_id: int) -> None:
    sdp = CHROMIUM.replace("a=extmap:1 ", f"a=extmap:{number} ")
    assert negotiated_in(sdp) == Negotiated(payload_type=111, level_id=level_id)


def test_with_opus_parameters_asks_the_speakers_encoder() -> None:
    answer = without("a=fmtp")
    line = "a=rtpmap:111 opus/48000/2\r\n"
    expected = answer.replace(line, line + "a=fmtp:111 minptime=10;useinbandfec=1;usedtx=1\r\n")
    assert with_opus_parameters(answer, 111) == expected != answer


def make_sessions(events: list[Event], counts: Counter[str]) -> Sessions:
    """Return a relay's sessions with a port that no datagram reaches."""
    port = Port(counts)
    port.addresses = [("127.0.0.1", 9)]
    recordings, voices = Silence(), Silence()
    return Sessions(
        Surroundings(
            port=port,
            rooms=RelayRooms(port, counts, tap=recordings, ears=voices),
            counts=counts,
            handshakes=Handshakes(4, 2.0),
            reported=lambda _loss, _rtt: None,
            heard=lambda _grant, _interval: None,
        ),
        limit=1,
        connect_seconds=60,
        emit=events.append,
        joined=lambda _seconds: None,
        ended=lambda _session: None,
    )


async def answered_or_refused(sdp: str, *, publish: bool) -> bool:
    """Open a session with an offer; whatever becomes of it, nothing is left. Return whether it was answered."""
    events: list[Event] = []
    sessions = make_sessions(events, Counter())
    grant = Grant(person="p1", room="r1", session="s1", may_publish=publish, epoch=0, expires_at=0)
    try:
        answer = await sessions.open(Opening(grant, publish=publish, muted=False, sdp=sdp))
    except BadSdpError:
        assert (len(sessions), len(sessions._around.rooms)) == (0, 0)
        return False
    # What was agreed on can be written to the wire, whatever it is.
    agreed = negotiated_in(answer)
    profile = WireProfile(agreed.payload_type, agreed.level_id, 3)
    assert build(packet(), profile, Label(1, 2, 3, 4, marker=True))[:1] in {b"\x81", b"\x91"}
    await sessions.close_all(GoneReason.CLOSED)
    assert events == [Gone(session="s1", reason=GoneReason.CLOSED)]
    assert (len(sessions), len(sessions._around.rooms)) == (0, 0)
    return True


async def test_offers_of_both_kinds_are_answered() -> None:
    assert await answered_or_refused(CHROMIUM, publish=True)
    for mids in (("0",), ("0", "1"), ("0", "1", "2")):
        assert await answered_or_refused(listen_offer(*mids), publish=False)


replacements = st.one_of(
    st.from_regex(r"\A[amvcs]=[ -~]{0,40}\Z"),
    st.sampled_from(THREE.splitlines()),
    st.builds("a=extmap:{} urn:ietf:params:rtp-hdrext:ssrc-audio-level".format, st.integers(-3, 300)),
    st.builds("a=setup:{}".format, st.sampled_from(["active", "passive", "actpass", "holdconn"])),
    st.builds("a=group:BUNDLE {} {} {}".format, *[st.integers(0, 4)] * 3),
    st.builds("a=mid:{}".format, st.integers(0, 4)),
    st.builds("a=rtpmap:{} opus/{}".format, st.integers(-3, 300), st.sampled_from(["48000/2", "48000", "8000/1", "x"])),
    st.builds("m=audio 9 UDP/TLS/RTP/SAVPF {}".format, st.integers(-3, 300)),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    line=st.sampled_from([line for line in CHROMIUM.splitlines() if line]),
    replacement=replacements,
    times=st.integers(0, 3),
)
async def test_session_of_almost_an_offer_is_answered_or_refused(line: str, replacement: str, times: int) -> None:
    await answered_or_refused(CHROMIUM.replace(f"{line}\r\n", f"{replacement}\r\n" * times), publish=True)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(
    position=st.integers(0, THREE.count("\r\n") - 1),
    replacement=replacements,
    times=st.integers(0, 3),
    elsewhere=st.none() | st.integers(0, THREE.count("\r\n") - 1),
)
async def test_session_of_almost_three_lines_is_answered_or_refused(
    position: int, replacement: str, times: int, elsewhere: int | None
) -> None:
    parts = THREE.splitlines()
    parts[position : position + 1] = [replacement] * times
    if elsewhere is not None:
        parts.insert(elsewhere, replacement)
    await answered_or_refused("".join(f"{part}\r\n" for part in parts), publish=False)
