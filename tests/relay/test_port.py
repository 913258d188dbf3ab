"""The relay's UDP port on real sockets: which addresses it takes, and that no datagram of any size disturbs it."""

from __future__ import annotations

import socket
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from media.relay.ice import IceAgent
from media.relay.port import LATE_SECONDS, MAX_DATAGRAM, READ_AT_ONCE, Port
from tests.relay.peers import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def port() -> AsyncIterator[Port]:
    one = Port(Counter())
    yield one
    one.close()


def bound_to(port: Port, family: socket.AddressFamily) -> tuple[str, int]:
    host, number = port.sockets[family].getsockname()[:2]
    return host, number


async def test_both_families_share_one_number(port: Port) -> None:
    port.open(["127.0.0.1", "::1"])
    host, number = bound_to(port, socket.AF_INET)
    assert (host, bound_to(port, socket.AF_INET6)) == ("127.0.0.1", ("::1", number))
    assert port.addresses == [("127.0.0.1", number), ("::1", number)]


@pytest.mark.parametrize("hosts", [["203.0.113.5"], ["127.0.0.1", "127.0.0.2"]])
async def test_address_that_is_not_this_machines_or_one_of_several_binds_to_all(port: Port, hosts: list[str]) -> None:
    """Behind a router that forwards to us, the announced address is the router's."""
    port.open(hosts)
    number = bound_to(port, socket.AF_INET)[1]
    assert bound_to(port, socket.AF_INET)[0] == "0.0.0.0"  # noqa: S104 - what is asserted
    assert port.addresses == [(host, number) for host in hosts]


async def test_port_that_is_taken_is_an_error_and_leaves_nothing_open(port: Port) -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as other:
        other.bind(("::1", 0))
        with pytest.raises(OSError, match="in use"):
            port.open(["127.0.0.1", "::1"], other.getsockname()[1])
    assert port.sockets == {}


async def test_address_of_a_family_that_the_relay_has_not_is_dropped_and_counted(port: Port) -> None:
    port.open(["127.0.0.1"])
    port.send(b"x", ("::1", 9, 0, 0))
    port.send(b"x", ("127.0.0.1", 0))
    assert port.counts == {"drop_not_sent": 2}
    with pytest.raises(KeyError):
        port.socket_for(("::1", 9, 0, 0))


@pytest.mark.parametrize("size", [0, 1, MAX_DATAGRAM - 1, MAX_DATAGRAM, MAX_DATAGRAM + 1, 65_507])
async def test_datagram_of_any_size_from_anywhere_is_counted(port: Port, size: int) -> None:
    port.open(["127.0.0.1"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(b"\x80" * size, port.addresses[0])
        await until(lambda: port.counts["in_datagrams"] == 1, "the datagram")
    assert port.counts == {"in_datagrams": 1, "drop_unknown_address": 1}


async def test_flood_is_read_in_parts_so_that_others_have_the_loop_in_between(port: Port) -> None:
    port.open(["127.0.0.1"])
    bound = port.sockets[socket.AF_INET]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        for _ in range(READ_AT_ONCE + 1):
            other.sendto(b"\x80", port.addresses[0])
    port._read(bound)
    assert port.counts["in_datagrams"] == READ_AT_ONCE
    port._read(bound)
    assert port.counts["in_datagrams"] == READ_AT_ONCE + 1


async def test_what_a_peer_that_is_gone_answers_disturbs_nobody(port: Port) -> None:
    port.open(["127.0.0.1"])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
        gone.bind(("127.0.0.1", 0))
        address = gone.getsockname()
    for _ in range(10):
        port.send(b"x", address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.sendto(b"\x80", port.addresses[0])
        await until(lambda: port.counts["drop_unknown_address"] == 1, "the datagram")


async def test_agents_that_are_dismissed_late_take_nothing_from_others(port: Port) -> None:
    port.open(["127.0.0.1"])
    first, second = IceAgent(port), IceAgent(port)
    await first.gather_candidates()
    second.local_username = first.local_username
    await second.gather_candidates()
    port.assign(("127.0.0.1", 9), second)
    port.release(("127.0.0.1", 9), first)
    port.dismiss(first)
    assert port._by_username == {second.local_username: second}
    assert port._by_address == {("127.0.0.1", 9): second}


RTP = bytes([0x80, 111]) + bytes(30)
REPORT = bytes([0x80, 201]) + bytes(30)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says when a datagram came")
@pytest.mark.parametrize(("late", "dropped"), [(-0.1, 0), (0.1, 1)])
async def test_sound_that_lay_in_the_socket_for_long_is_dropped_and_reports_are_not(
    port: Port, monkeypatch: pytest.MonkeyPatch, late: float, dropped: int
) -> None:
    port.open(["127.0.0.1"])
    began = time.time()
    monkeypatch.setattr("media.relay.port.time.time", lambda: began + LATE_SECONDS + late)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (RTP, REPORT):
            sender.sendto(datagram, port.addresses[0])
        await until(lambda: port.counts["in_datagrams"] == 2, "both datagrams")
    assert (port.counts["drop_late"], port.counts["drop_unknown_address"]) == (dropped, 2 - dropped)
