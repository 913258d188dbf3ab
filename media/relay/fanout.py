"""One packet to many listeners: copied once for each, encrypted with each one's key, handed to the kernel in batches.

Everything that depends on the number of listeners runs in C: numpy copies, `map` calls libsrtp, `sendmmsg` sends. Both
are reached through cffi's ABI mode, which needs no compiler. Where there is no `sendmmsg`, `sendto` does it.
"""

from __future__ import annotations

import errno
import socket
import struct
import sys
from dataclasses import dataclass
from functools import cache
from itertools import compress
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np
from cffi import FFI

from media.relay.aiortc_internals import srtp_context, srtp_ffi, srtp_protect
from media.relay.rtp import HEADER_LENGTH, MAX_PAYLOAD

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Callable

    from media.relay.port import Address

# Header, contributing source and extension; what SRTP puts behind it (RFC 3711, RFC 7714: at most 16 bytes).
MAX_PACKET: Final = HEADER_LENGTH + 12 + MAX_PAYLOAD
_STRIDE: Final = 1536
_FIRST_ROWS: Final = 16
# Messages in one call: the first listeners' packets are on their way while the last ones' are being encrypted.
_BATCH: Final = 256

_ffi = FFI()
_ffi.cdef("""
struct iovec { void *iov_base; size_t iov_len; };
struct msghdr { void *msg_name; unsigned int msg_namelen; struct iovec *msg_iov; size_t msg_iovlen;
                void *msg_control; size_t msg_controllen; int msg_flags; };
struct mmsghdr { struct msghdr msg_hdr; unsigned int msg_len; };
int sendmmsg(int fd, struct mmsghdr *messages, unsigned int count, int flags);
""")


class Sender(Protocol):
    """Sends the first `length` bytes of rows `begin` to `end`; returns how many the kernel took."""

    def send(self, rows: Rows, begin: int, end: int, length: int) -> int: ...


@dataclass(eq=False, slots=True)
class Row:
    """One listener's place: `index` changes when others leave. `context` lives only as long as `session`."""

    index: int
    session: Any
    context: Any
    address: Address


class Rows:
    """The listeners that get the same bytes through one socket."""

    def __init__(self, sock: socket.socket, counts: Counter[str], sender: Sender | None = None) -> None:
        self.socket = sock
        self.count = 0
        self._rows: list[Row] = []
        self._contexts: list[Any] = []
        self._counts = counts
        self._sender = sender or best_sender()
        self._reserve(_FIRST_ROWS)

    def _reserve(self, capacity: int) -> None:
        self.capacity = capacity
        self.packets = np.zeros((capacity, _STRIDE), np.uint8)
        self._lengths = np.zeros(capacity, np.int32)
        base, length = self.packets.ctypes.data, self._lengths.ctypes.data
        self._pointers = [srtp_ffi.cast("void *", base + _STRIDE * row) for row in range(capacity)]
        self._length_pointers = [srtp_ffi.cast("int *", length + 4 * row) for row in range(capacity)]
        self.addresses = np.zeros((capacity, 28), np.uint8)
        self.messages = _Messages(self) if isinstance(self._sender, Mmsg) else None
        for row in self._rows:
            self._place(row)

    def add(self, session: Any, address: Address) -> Row:
        """Give a listener a row; `session` is their pylibsrtp session for sending."""
        if self.count == self.capacity:
            self._reserve(2 * self.capacity)
        row = Row(self.count, session, srtp_context(session), address)
        self._rows.append(row)
        self._contexts.append(row.context)
        self.count += 1
        self._place(row)
        return row

    def remove(self, row: Row) -> None:
        """Take a listener out; the last one moves into the gap."""
        last = self._rows.pop()
        self._contexts.pop()
        self.count -= 1
        if last is not row:
            last.index = row.index
            self._rows[row.index] = last
            self._contexts[row.index] = last.context
            self._place(last)
        row.index = -1

    def move(self, row: Row, address: Address) -> None:
        """Send to another address of the same family from now on."""
        row.address = address
        self._place(row)

    def holds(self, row: Row) -> bool:
        return 0 <= row.index < self.count and self._rows[row.index] is row

    def address(self, index: int) -> Address:
        return self._rows[index].address

    def _place(self, row: Row) -> None:
        raw = sockaddr(row.address)
        self.addresses[row.index, : len(raw)] = np.frombuffer(raw, np.uint8)
        if self.messages is not None:
            self.messages.name(row.index, len(raw))

    def send(self, packet: bytes) -> int:
        """Encrypt and send one packet to everybody here; return how many the kernel took."""
        sent = 0
        for begin in range(0, self.count, _BATCH):
            sent += self._send_batch(packet, begin, min(begin + _BATCH, self.count))
        return sent

    def _send_batch(self, packet: bytes, begin: int, end: int) -> int:
        size = len(packet)
        self.packets[begin:end, :size] = np.frombuffer(packet, np.uint8)
        self._lengths[begin:end] = size
        results = list(
            map(srtp_protect, self._contexts[begin:end], self._pointers[begin:end], self._length_pointers[begin:end])
        )
        sent = 0
        for first, last in _spans(results, self._lengths[begin:end]):
            sent += self._sender.send(self, begin + first, begin + last, int(self._lengths[begin + first]))
        failed = sum(map(bool, results))
        self._counts["out_packets"] += sent
        self._counts["out_bytes"] += sent * int(self._lengths[begin])
        if failed:
            self._counts["drop_not_protected"] += failed
        if sent + failed < end - begin:
            self._counts["drop_socket_full"] += end - begin - failed - sent
        return sent


def _spans(results: list[int], lengths: np.ndarray[Any, np.dtype[np.int32]]) -> list[tuple[int, int]]:
    """Return the runs of rows that were encrypted and have one length; nearly always a single one."""
    if not any(results) and (lengths == lengths[0]).all():
        return [(0, len(results))]
    spans: list[tuple[int, int]] = []
    for row in compress(range(len(results)), (result == 0 for result in results)):
        if spans and spans[-1][1] == row and lengths[row] == lengths[spans[-1][0]]:
            spans[-1] = (spans[-1][0], row + 1)
        else:
            spans.append((row, row + 1))
    return spans


def sockaddr(address: Address) -> bytes:
    """Return an address as the kernel wants it: `struct sockaddr_in` or `sockaddr_in6` of Linux."""
    if len(address) == 2:
        return (
            struct.pack("=H", socket.AF_INET) + struct.pack("!H", address[1]) + socket.inet_aton(address[0]) + bytes(8)
        )
    host, port, flow, scope = address
    packed = socket.inet_pton(socket.AF_INET6, host.partition("%")[0])
    return struct.pack("=H", socket.AF_INET6) + struct.pack("!HL", port, flow) + packed + struct.pack("=L", scope)


class _Messages:
    """The arrays that `sendmmsg` reads, tied once to a `Rows`' packets and addresses."""

    def __init__(self, rows: Rows) -> None:
        self.array = _ffi.new("struct mmsghdr[]", rows.capacity)
        self._vectors = _ffi.new("struct iovec[]", rows.capacity)
        raw = _ffi.buffer(self._vectors)
        # The second word of each iovec is its length.
        self._lengths = np.frombuffer(raw, np.uintp).reshape(rows.capacity, 2)[:, 1]
        packets, names = rows.packets.ctypes.data, rows.addresses.ctypes.data
        for row in range(rows.capacity):
            self._vectors[row].iov_base = _ffi.cast("void *", packets + _STRIDE * row)
            head = self.array[row].msg_hdr
            head.msg_name = _ffi.cast("void *", names + 28 * row)
            head.msg_iov = self._vectors + row
            head.msg_iovlen = 1

    def name(self, row: int, length: int) -> None:
        self.array[row].msg_hdr.msg_namelen = length

    def set_length(self, begin: int, end: int, length: int) -> None:
        self._lengths[begin:end] = length


@cache
def _system() -> Any:
    """Return the process's own symbols; asked for once, because cffi keeps every `dlopen` for ever."""
    return _ffi.dlopen(None)


class Mmsg:
    """Linux's `sendmmsg`: one call of the kernel for many packets."""

    def __init__(self) -> None:
        self._sendmmsg: Callable[..., int] = _system().sendmmsg

    def send(self, rows: Rows, begin: int, end: int, length: int) -> int:
        messages = rows.messages
        assert messages is not None
        messages.set_length(begin, end, length)
        descriptor = rows.socket.fileno()
        sent = 0
        while begin < end:
            done = self._sendmmsg(descriptor, messages.array + begin, end - begin, 0)
            if done > 0:
                sent += done
                begin += done
            elif _ffi.errno == errno.EINTR:
                continue
            elif _ffi.errno in {errno.EAGAIN, errno.ENOBUFS}:
                # The socket is full: what is left is as good as lost on the way, and late is worse than lost.
                break
            else:
                # It stops at the row that it cannot send (no way to that address); the others shall not suffer.
                begin += 1
        return sent


class SendTo:
    """The same with one call for each packet, for systems without `sendmmsg`."""

    def send(self, rows: Rows, begin: int, end: int, length: int) -> int:
        sent = 0
        for row in range(begin, end):
            try:
                rows.socket.sendto(rows.packets[row, :length].data, rows.address(row))
                sent += 1
            except BlockingIOError:
                break
            except OSError:
                continue
        return sent


def best_sender() -> Sender:
    """Return the fastest way that this system has."""
    if sys.platform != "linux":
        return SendTo()
    try:
        return Mmsg()
    except AttributeError:
        return SendTo()
