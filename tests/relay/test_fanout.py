"""One packet to many listeners, over real loopback sockets, in both ways of sending."""

from __future__ import annotations

import errno
import random
import socket
import sys
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from media.relay import fanout
from media.relay.fanout import (
    _BATCH,
    _FIRST_ROWS,
    MAX_PACKET,
    Mmsg,
    Rows,
    Sender,
    SendTo,
    _spans,
    best_sender,
    sockaddr,
)
from tests.relay.network import Receiver, srtp_pair
from tests.relay.packets import raw_rtp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from media.relay.fanout import Row

SENDERS = [Mmsg, SendTo]


class Hall:
    """Rows on one socket, and listeners whose datagrams can be read."""

    def __init__(self, sender: Sender, host: str = "127.0.0.1") -> None:
        self.host = host
        self.counts: Counter[str] = Counter()
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.rows = Rows(self.socket, self.counts, sender)
        self.everybody: list[Receiver] = []

    def enter(self) -> tuple[Receiver, Row]:
        receiver = Receiver(self.host)
        self.everybody.append(receiver)
        return receiver, self.rows.add(receiver.outgoing, receiver.address)

    def close(self) -> None:
        for receiver in self.everybody:
            receiver.close()
        self.socket.close()


@pytest.fixture(params=SENDERS)
def hall(request: pytest.FixtureRequest) -> Iterator[Hall]:
    one = Hall(request.param())
    yield one
    one.close()


def test_everybody_decrypts_the_same_bytes(hall: Hall) -> None:
    people = [hall.enter()[0] for _ in range(3)]
    packets = [raw_rtp(number, payload=bytes((number,)) * (1 + 60 * number)) for number in range(20)]
    for one in packets:
        assert hall.rows.send(one) == 3
    assert [person.packets() for person in people] == [packets] * 3
    size = sum(len(one) + 10 for one in packets)
    assert hall.counts == {"out_packets": 60, "out_bytes": 3 * size}


@pytest.mark.parametrize("size", [13, MAX_PACKET - 1, MAX_PACKET])
def test_packets_of_any_length_arrive_whole(hall: Hall, size: int) -> None:
    person, _row = hall.enter()
    one = raw_rtp(payload=random.Random(size).randbytes(size - 12))
    hall.rows.send(one)
    assert person.packets() == [one]


@pytest.mark.parametrize("sender", SENDERS)
def test_listeners_of_the_other_family_are_sent_alike(sender: Callable[[], Sender]) -> None:
    hall = Hall(sender(), "::1")
    people = [hall.enter()[0] for _ in range(3)]
    hall.rows.send(raw_rtp())
    assert [person.packets() for person in people] == [[raw_rtp()]] * 3
    hall.close()


def test_both_ways_put_the_same_bytes_on_the_wire() -> None:
    """One key, two libsrtp sessions: what leaves is the same to the last byte."""
    seen = []
    for sender in (Mmsg(), SendTo()):
        hall = Hall(sender)
        random.seed(5)
        receiver = Receiver()
        receiver.outgoing = _session_of(bytes(range(30)))
        hall.everybody.append(receiver)
        hall.rows.add(receiver.outgoing, receiver.address)
        for number in range(65_500, 65_600):
            hall.rows.send(raw_rtp(number, payload=random.randbytes(80)))
        seen.append(receiver.raw())
        hall.close()
    assert seen[0] == seen[1]
    assert len(seen[0]) == 100


def _session_of(key: bytes) -> Any:
    from pylibsrtp import Policy, Session

    return Session(
        Policy(key=key, ssrc_type=Policy.SSRC_ANY_OUTBOUND, srtp_profile=Policy.SRTP_PROFILE_AES128_CM_SHA1_80)
    )


@pytest.mark.parametrize("count", [_FIRST_ROWS - 1, _FIRST_ROWS, _FIRST_ROWS + 1, 2 * _FIRST_ROWS + 1])
def test_rows_grow_while_packets_are_sent(hall: Hall, count: int) -> None:
    people: list[Receiver] = []
    packets = []
    for number in range(count):
        people.append(hall.enter()[0])
        packets.append(raw_rtp(number))
        hall.rows.send(packets[-1])
    assert [person.packets() for person in people] == [packets[number:] for number in range(count)]
    assert hall.rows.capacity == _FIRST_ROWS * (1 if count <= _FIRST_ROWS else 2 if count <= 2 * _FIRST_ROWS else 4)


@pytest.mark.parametrize("count", [_BATCH - 1, _BATCH, _BATCH + 1])
def test_batches_below_at_and_above_their_size(hall: Hall, count: int) -> None:
    # Many sessions, one address: what matters is who is counted and reached.
    receiver = Receiver()
    hall.everybody.append(receiver)
    sessions = [srtp_pair() for _ in range(count)]
    for outgoing, _incoming in sessions:
        hall.rows.add(outgoing, receiver.address)
    assert hall.rows.send(raw_rtp()) == count
    raw = receiver.raw()
    assert [incoming.unprotect(data) for (_out, incoming), data in zip(sessions, raw, strict=True)] == [
        raw_rtp()
    ] * count


@pytest.mark.parametrize("leaver", [0, 2, 4])
def test_listener_who_leaves_is_sent_nothing_and_the_others_everything(hall: Hall, leaver: int) -> None:
    people = [hall.enter() for _ in range(5)]
    hall.rows.send(raw_rtp(0))
    row = people[leaver][1]
    hall.rows.remove(row)
    assert not hall.rows.holds(row)
    hall.rows.send(raw_rtp(1))
    late, _row = hall.enter()
    hall.rows.send(raw_rtp(2))
    for index, (person, row) in enumerate(people):
        assert person.packets() == [raw_rtp(number) for number in ((0,) if index == leaver else (0, 1, 2))]
        assert hall.rows.holds(row) is (index != leaver)
    assert late.packets() == [raw_rtp(2)]


def test_any_coming_leaving_and_moving_keeps_keys_and_addresses_together(hall: Hall) -> None:
    chance = random.Random(7)
    present: dict[Receiver, Row] = {}
    due: dict[Receiver, list[bytes]] = {}
    for number in range(300):
        match chance.randrange(4):
            case 0 | 1 if len(present) < 40:
                person, row = hall.enter()
                present[person], due[person] = row, []
            case 2 if present:
                hall.rows.remove(present.pop(chance.choice(list(present))))
            case _ if present:
                person = chance.choice(list(present))
                other = Receiver()
                # What has come so far is read before the address changes.
                assert person.packets() == due[person]
                due[person] = []
                person.socket.close()
                person.socket, person.address = other.socket, other.address
                hall.rows.move(present[person], person.address)
        hall.rows.send(raw_rtp(number))
        for person in present:
            due[person].append(raw_rtp(number))
    assert {person: person.packets() for person in due} == due
    assert "drop_not_protected" not in hall.counts


def test_address_that_cannot_be_reached_takes_nothing_from_the_others(hall: Hall) -> None:
    first, _row = hall.enter()
    hall.rows.add(srtp_pair()[0], ("127.0.0.1", 0))
    last, _row = hall.enter()
    assert hall.rows.send(raw_rtp()) == 2
    assert (first.packets(), last.packets()) == ([raw_rtp()], [raw_rtp()])
    assert hall.counts["out_packets"] == 2
    assert hall.counts["drop_socket_full"] == 1


def test_listener_whose_key_fails_takes_nothing_from_the_others(hall: Hall) -> None:
    people = [hall.enter() for _ in range(3)]
    # libsrtp refuses what is older than its window.
    people[1][0].outgoing.protect(raw_rtp(5000))
    assert hall.rows.send(raw_rtp(1)) == 2
    assert [person.packets() for person, _row in people] == [[raw_rtp(1)], [], [raw_rtp(1)]]
    assert (hall.counts["drop_not_protected"], hall.counts["out_packets"]) == (1, 2)
    assert hall.counts["out_bytes"] == 2 * (len(raw_rtp(1)) + 10)


class Stubborn:
    """A kernel that takes so many messages at a time, then says `error`."""

    def __init__(self, takes: list[int], error: int) -> None:
        self.takes = takes
        self.error = error
        self.calls: list[int] = []

    def __call__(self, _descriptor: int, _messages: object, count: int, _flags: int) -> int:
        self.calls.append(count)
        if not self.takes:
            fanout._ffi.errno = self.error
            return -1
        return self.takes.pop(0)


@pytest.mark.parametrize(
    ("takes", "error", "sent", "calls"),
    [
        ([2, 1], errno.EAGAIN, 3, [5, 3, 2]),
        ([2], errno.ENOBUFS, 2, [5, 3]),
        ([2, 3], errno.EAGAIN, 5, [5, 3]),
        ([], errno.EPERM, 0, [5, 4, 3, 2, 1]),
        ([4], errno.ENETUNREACH, 4, [5, 1]),
    ],
)
def test_kernel_that_takes_only_some(takes: list[int], error: int, sent: int, calls: list[int]) -> None:
    sender = Mmsg()
    sender._sendmmsg = kernel = Stubborn(takes, error)
    hall = Hall(sender)
    for _ in range(5):
        hall.enter()
    assert hall.rows.send(raw_rtp()) == sent
    assert kernel.calls == calls
    assert hall.counts["out_packets"] == sent
    assert hall.counts["drop_socket_full"] == 5 - sent
    hall.close()


def test_interrupted_call_is_made_again() -> None:
    sender = Mmsg()
    answers = [-1, 5]

    def kernel(_descriptor: int, _messages: object, _count: int, _flags: int) -> int:
        fanout._ffi.errno = errno.EINTR
        return answers.pop(0)

    sender._sendmmsg = kernel
    hall = Hall(sender)
    for _ in range(5):
        hall.enter()
    assert hall.rows.send(raw_rtp()) == 5
    hall.close()


def test_best_sender_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(best_sender(), Mmsg)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert isinstance(best_sender(), SendTo)


@pytest.mark.parametrize(
    ("results", "lengths", "spans"),
    [
        ([0, 0, 0], [5, 5, 5], [(0, 3)]),
        ([0, 9, 0], [5, 5, 5], [(0, 1), (2, 3)]),
        ([9, 0, 0], [5, 5, 5], [(1, 3)]),
        ([0, 0, 0, 0], [5, 5, 6, 5], [(0, 2), (2, 3), (3, 4)]),
        ([9, 9], [5, 5], []),
    ],
)
def test_spans_are_runs_of_one_length(results: list[int], lengths: list[int], spans: list[tuple[int, int]]) -> None:
    assert _spans(results, np.array(lengths, np.int32)) == spans


def test_sockaddr_is_what_the_kernel_means() -> None:
    assert sockaddr(("192.0.2.1", 0x1234)).hex() == "02001234c00002010000000000000000"
    assert sockaddr(("fe80::1%3", 0x1234, 7, 3)).hex() == "0a00123400000007fe80000000000000000000000000000103000000"


def test_system_is_opened_once_because_cffi_keeps_every_opening_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    Mmsg()

    def never(_name: object) -> None:
        raise AssertionError

    monkeypatch.setattr("media.relay.fanout._ffi", SimpleNamespace(dlopen=never))
    Mmsg()
