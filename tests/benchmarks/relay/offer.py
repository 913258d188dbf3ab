"""Offers as Chromium makes them, with all the codecs that it names: what they cost the relay is part of a join."""

from __future__ import annotations

from typing import Final

_LINE: Final = """\
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:{username}
a=ice-pwd:{password}
a=ice-options:trickle
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:{mid}
a=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level
a=extmap:2 http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time
a=extmap:3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01
a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid
a={direction}
a=rtcp-mux
a=rtcp-rsize
a=rtpmap:111 opus/48000/2
a=rtcp-fb:111 transport-cc
a=fmtp:111 minptime=10;useinbandfec=1
a=rtpmap:63 red/48000/2
a=fmtp:63 111/111
a=rtpmap:9 G722/8000
a=rtpmap:0 PCMU/8000
a=rtpmap:8 PCMA/8000
a=rtpmap:13 CN/8000
a=rtpmap:110 telephone-event/48000
a=rtpmap:126 telephone-event/8000
"""
# The id of the audio level in every line above.
LEVEL_ID: Final = 1


def offer_of(*, username: str, password: str, fingerprint: str, lines: int, send_ssrc: int = 0) -> str:
    """Return an offer of `lines` bundled audio lines that send with `send_ssrc`, or receive if it is 0."""
    mids = range(lines)
    head = f"v=0\no=- 4611731400430051336 2 IN IP4 127.0.0.1\ns=-\nt=0 0\na=group:BUNDLE {' '.join(map(str, mids))}\n"
    sdp = head + "a=extmap-allow-mixed\na=msid-semantic: WMS\n"
    for mid in mids:
        sdp += _LINE.format(
            username=username,
            password=password,
            fingerprint=fingerprint,
            mid=mid,
            direction="sendonly" if send_ssrc else "recvonly",
        )
        if send_ssrc:
            sdp += f"a=ssrc:{send_ssrc} cname:speaker\n"
    return sdp.replace("\n", "\r\n")
