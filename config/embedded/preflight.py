"""What can stand in the way of a start, found before anything is started."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
from typing import TYPE_CHECKING

from config.embedded.problem import StartError

if TYPE_CHECKING:
    from io import TextIOWrapper
    from pathlib import Path

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
# Reserved for documentation (RFC 5737): nothing is sent there, the kernel only chooses the address to send from.
ELSEWHERE = ("192.0.2.1", 9)


def claim(var: Path, address: str) -> TextIOWrapper:
    """Take the lock of this var folder, which lasts as long as what is returned. Raises StartError."""
    try:
        (var / "log").mkdir(parents=True, exist_ok=True)
        lock = (var / "run.lock").open("a+", encoding="utf-8")
    except OSError as error:
        msg = f"Causerie cannot write to {var} ({error.strerror}): make it writable, or set VAR_DIR to another folder."
        raise StartError(msg) from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        running = lock.read().strip() or "another process"
        msg = f"Causerie runs here already ({running}): press Ctrl-C there, or set another VAR_DIR and PORT."
        raise StartError(msg) from None
    lock.truncate(0)
    lock.write(f"process {os.getpid()}, {address}")
    lock.flush()
    return lock


def check_port(host: str, port_text: str) -> int:
    """Return the port as a number if we can listen there. Raises StartError."""
    if not port_text.isdigit() or not 1 <= int(port_text) <= 65535:
        msg = f"PORT is {port_text!r}; it must be a number from 1 to 65535."
        raise StartError(msg)
    port = int(port_text)
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            # As the server itself does: connections that are fading away are not in the way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        raise StartError(_port_problem(error, host, port)) from None
    return port


def _port_problem(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} is taken by another program: stop that one, or start with PORT={free_port(host)} make run."
    if error.errno in {errno.EACCES, errno.EPERM}:
        return f"Port {port} is for root alone: choose one above 1023, as in PORT=8000 make run."
    return f"HOST is {host!r}, no address of this machine: use 127.0.0.1, or 0.0.0.0 for all of its addresses."


def free_port(host: str = "127.0.0.1") -> int:
    """Return a TCP port that nobody uses now."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def machine_addresses() -> list[str]:
    """Return the IPv4 addresses under which the network sees this machine, the likeliest first."""
    found: list[str] = []
    # Without a network there is no way to anywhere.
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe, contextlib.suppress(OSError):
        probe.connect(ELSEWHERE)
        found.append(probe.getsockname()[0])
    # The host's own name may be one that nothing resolves.
    with contextlib.suppress(OSError):
        found += [str(entry[4][0]) for entry in socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)]
    return [address for address in dict.fromkeys(found) if not address.startswith("127.")]
