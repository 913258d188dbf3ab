"""Sends hostile datagrams at a steady rate. Arguments: kind, host, port, a username, datagrams a second, seconds.

Prints how many it has sent. `integrity` knows somebody's username and guesses the password, `username` guesses both.
"""

from __future__ import annotations

import os
import socket
import sys
import time
from typing import TYPE_CHECKING

from aioice import stun

from tests.relay.packets import raw_rtp

if TYPE_CHECKING:
    from collections.abc import Callable

# Different datagrams that are sent in turn, and the addresses that they come from.
VARIANTS = 500
SOCKETS = 20
STEPS = 100


def check(username: str) -> bytes:
    """Return a check by somebody who does not know the password."""
    message = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    message.attributes |= {"USERNAME": username, "PRIORITY": 1, "ICE-CONTROLLING": 1, "USE-CANDIDATE": None}
    message.add_message_integrity(os.urandom(16))
    return bytes(message)


def hello() -> bytes:
    """Return the beginning of a DTLS 1.2 handshake, long enough to be one (RFC 6347 section 4.2.1)."""
    body = b"\xfe\xfd" + os.urandom(32) + b"\x00\x00" + b"\x00\x02\xc0\x2b" + b"\x01\x00"
    message = b"\x01" + len(body).to_bytes(3, "big") + bytes(5) + len(body).to_bytes(3, "big") + body
    return b"\x16\xfe\xfd" + bytes(8) + len(message).to_bytes(2, "big") + message


def kinds(username: str) -> dict[str, Callable[[], bytes]]:
    return {
        "integrity": lambda: check(username),
        "username": lambda: check(os.urandom(6).hex() + ":peer"),
        "stun": lambda: b"\x00\x01\x00\x08\x21\x12\xa4\x42" + os.urandom(19),
        "hello": hello,
        "rtp": lambda: raw_rtp(1, payload=os.urandom(90)),
    }


def main() -> None:
    kind, host, port, username, rate, seconds = sys.argv[1:]
    variants = [kinds(username)[kind]() for _ in range(VARIANTS)]
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(SOCKETS)]
    target, began, sent = (host, int(port)), time.monotonic(), 0
    for step in range(int(STEPS * float(seconds))):
        time.sleep(max(0.0, began + step / STEPS - time.monotonic()))
        for _ in range(int(rate) // STEPS):
            sockets[sent % SOCKETS].sendto(variants[sent % VARIANTS], target)
            sent += 1
    sys.stdout.write(f"{sent}\n")


if __name__ == "__main__":
    main()
