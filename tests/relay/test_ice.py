"""ICE over a network in memory: an address counts only once it is proved, and everything else is dropped by cause."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from aioice import stun
from hypothesis import given
from hypothesis import strategies as st

from media.relay import ice
from media.relay.ice import CHECK_SECONDS, CHECKS_WAITING, DTLS_WAITING, PROVED_KEPT, UNHEARD_SECONDS, IceAgent
from tests.relay.network import RELAY, MemoryPort, Network, StunPeer
from tests.relay.packets import raw_rtp

if TYPE_CHECKING:
    from media.relay.port import Address

HOME: Address = ("198.51.100.7", 5000)
OTHER: Address = ("198.51.100.8", 6000)
SIX: Address = ("2001:db8::7", 5000, 0, 0)
CLIENT_HELLO = bytes((22, 254, 253)) + bytes(60)


class Scene:
    """A relay's port with agents, peers around it, and a clock of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch | None = None) -> None:
        self.network = Network()
        self.port = MemoryPort(self.network)
        self.now = 100.0
        self.media: list[bytes] = []
        self.moves: list[Address] = []
        if monkeypatch is not None:
            monkeypatch.setattr(ice, "time", SimpleNamespace(monotonic=lambda: self.now))

    async def agent(self) -> IceAgent:
        agent = IceAgent(self.port)
        await agent.gather_candidates()
        agent.remote_username, agent.remote_password = "peer", "the password of the peer"
        agent.on_media = self.media.append
        agent.on_address = self.moves.append
        return agent

    def peer(self, agent: IceAgent, address: Address = HOME, *, answers: bool = True) -> StunPeer:
        return StunPeer(self.network, address, agent, answers=answers)

    def drops(self) -> dict[str, int]:
        return {name: count for name, count in self.port.counts.items() if name.startswith("drop_")}


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    return Scene(monkeypatch)


@pytest.mark.parametrize("address", [HOME, SIX])
async def test_peer_that_asks_and_answers_is_connected(scene: Scene, address: Address) -> None:
    agent = await scene.agent()
    peer = scene.peer(agent, address)
    connecting = asyncio.create_task(agent.connect())
    peer.ask()
    scene.network.run()
    await connecting
    assert (agent.address, peer.responses, len(peer.checks), scene.moves) == (address, 1, 1, [address])
    await agent.send(CLIENT_HELLO)
    scene.network.run()
    assert peer.got == [CLIENT_HELLO]
    peer.send(CLIENT_HELLO)
    peer.send(raw_rtp())
    scene.network.run()
    assert (await agent.recv(), scene.media, scene.drops()) == (CLIENT_HELLO, [raw_rtp()], {})


async def test_only_a_proved_address_reaches_dtls_and_media(scene: Scene) -> None:
    """CVE-2023-51275 and its kin: whoever is first with a ClientHello must not take the handshake."""
    agent = await scene.agent()
    peer = scene.peer(agent, answers=False)
    for data in (CLIENT_HELLO, raw_rtp(), bytes((64, 1, 2, 3)), b""):
        peer.send(data)
    # A right check alone proves nothing: it may be somebody else's, sent again.
    peer.ask()
    scene.network.run()
    peer.send(CLIENT_HELLO)
    peer.send(raw_rtp())
    scene.network.run()
    assert (agent.address, agent._datagrams.qsize(), scene.media) == (None, 0, [])
    assert scene.drops() == {"drop_unknown_address": 6}
    with pytest.raises(ConnectionError):
        await agent.send(CLIENT_HELLO)


async def test_checks_are_answered_only_with_the_password_and_names(scene: Scene) -> None:
    agent = await scene.agent()
    peer = scene.peer(agent)
    good = peer.request()
    for data in (
        peer.request(password="another password that is long"),
        peer.request(username=f"{agent.local_username}:other"),
        peer.request(username="nobody:peer"),
        peer.request(username=""),
        # One bit of the fingerprint, of the integrity, of the length; a cut; no cookie.
        good[:-1] + bytes((good[-1] ^ 1,)),
        good[:3] + bytes((good[3] ^ 4,)) + good[4:],
        good[:-9],
        good[:4] + bytes(4) + good[8:],
        good[:19],
        b"\x00",
    ):
        peer.send(data)
    scene.network.run()
    assert scene.drops() == {"drop_bad_integrity": 1, "drop_unknown_username": 3, "drop_bad_stun": 6}
    assert (peer.responses, peer.checks, agent.address) == (0, [], None)


async def test_check_without_integrity_or_with_it_behind_other_words_is_not_answered(scene: Scene) -> None:
    agent = await scene.agent()
    peer = scene.peer(agent)
    bare = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    bare.attributes["USERNAME"] = f"{agent.local_username}:peer"
    peer.send(bytes(bare))
    # The integrity of a message without a name, with the name behind it.
    signed = stun.Message(stun.Method.BINDING, stun.Class.REQUEST)
    signed.add_message_integrity(agent.local_password.encode())
    del signed.attributes["FINGERPRINT"]
    signed.attributes["USERNAME"] = f"{agent.local_username}:peer"
    peer.send(bytes(signed))
    scene.network.run()
    assert scene.drops() == {"drop_bad_integrity": 1, "drop_unknown_username": 1}
    assert peer.responses == 0


async def test_check_before_the_peers_password_is_known_is_dropped(scene: Scene) -> None:
    agent = IceAgent(scene.port)
    await agent.gather_candidates()
    peer = scene.peer(agent)
    peer.ask()
    scene.network.run()
    assert (scene.drops(), peer.responses) == ({"drop_early_check": 1}, 0)


async def test_answers_to_no_check_prove_nothing(scene: Scene) -> None:
    agent = await scene.agent()
    peer = scene.peer(agent, answers=False)
    peer.ask()
    scene.network.run()
    (check,) = peer.checks
    elsewhere = scene.peer(agent, OTHER, answers=False)
    right = peer.answer(check)
    # From elsewhere, with the wrong password, an error, to no check at all.
    elsewhere.send(right)
    peer.send(peer.answer(check, password="another password that is long"))
    refused = stun.Message(stun.Method.BINDING, stun.Class.ERROR, check.transaction_id)
    refused.attributes["ERROR-CODE"] = (487, "Role Conflict")
    refused.add_message_integrity(b"the password of the peer")
    peer.send(bytes(refused))
    peer.send(peer.answer(_with_another_id(check)))
    scene.network.run()
    assert scene.drops() == {"drop_unexpected_stun": 2, "drop_bad_integrity": 2}
    assert scene.moves == []
    peer.send(right)
    peer.send(right)
    scene.network.run()
    assert (scene.moves, scene.drops()["drop_unexpected_stun"]) == ([HOME], 3)


def _with_another_id(check: stun.Message) -> stun.Message:
    other = stun.parse_message(bytes(check))
    other.transaction_id = bytes(12)
    return other


async def connected(scene: Scene, address: Address = HOME) -> StunPeer:
    """Return a peer whose address is proved."""
    agent = await scene.agent()
    peer = scene.peer(agent, address)
    peer.ask()
    scene.network.run()
    assert agent.address == address
    return peer


async def test_new_address_gets_media_only_after_its_own_answer(scene: Scene) -> None:
    peer = await connected(scene)
    away = scene.peer(peer.agent, OTHER, answers=False)
    away.ask()
    scene.network.run()
    assert (peer.agent.address, len(away.checks)) == (HOME, 1)
    away.send(away.answer(away.checks[0]))
    scene.network.run()
    assert (peer.agent.address, scene.moves) == (OTHER, [HOME, OTHER])
    # What comes from the old one is nobody's any more.
    peer.send(raw_rtp())
    scene.network.run()
    assert (scene.media, scene.drops()) == ([], {"drop_unknown_address": 1})


async def test_replayed_check_redirects_nothing(scene: Scene) -> None:
    peer = await connected(scene)
    replay = peer.request()
    thief = scene.peer(peer.agent, OTHER, answers=False)
    for _ in range(100):
        thief.send(replay)
        scene.now += 0.05
    scene.network.run()
    assert (peer.agent.address, scene.moves) == (HOME, [HOME])
    # What came to the thief: answers and checks, not more than it sent for, and no media.
    assert (thief.responses, len(thief.checks), thief.got) == (100, 1, [])
    thief.send(raw_rtp())
    scene.network.run()
    assert scene.media == []
    # The peer's own next check goes on as ever.
    peer.ask()
    scene.network.run()
    await peer.agent.send(CLIENT_HELLO)
    scene.network.run()
    assert (peer.got, thief.got) == ([CLIENT_HELLO], [])


async def test_replayed_check_is_no_sign_of_life(scene: Scene) -> None:
    peer = await connected(scene)
    thief = scene.peer(peer.agent, OTHER, answers=False)
    replay, heard_at = peer.request(), peer.agent.heard_at
    scene.now += 5
    thief.send(replay)
    scene.network.run()
    assert peer.agent.heard_at == heard_at
    peer.send(replay)
    scene.network.run()
    assert peer.agent.heard_at == scene.now


async def test_address_of_another_session_moves_to_whoever_proves_it(scene: Scene) -> None:
    first = await connected(scene)
    agent = await scene.agent()
    second = scene.peer(agent)
    second.ask()
    scene.network.run()
    assert (first.agent.address, agent.address) == (None, HOME)
    with pytest.raises(ConnectionError):
        await first.agent.send(CLIENT_HELLO)
    second.send(raw_rtp())
    scene.network.run()
    assert scene.media == [raw_rtp()]
    # The first one is back from elsewhere; its end takes nothing from the second.
    back = scene.peer(first.agent, OTHER)
    back.ask()
    scene.network.run()
    assert first.agent.address == OTHER
    await first.agent.close()
    second.send(raw_rtp(1))
    scene.network.run()
    assert scene.media == [raw_rtp(), raw_rtp(1)]


@pytest.mark.parametrize(
    ("passed", "checks"), [(CHECK_SECONDS - 0.01, 1), (CHECK_SECONDS, 2), (CHECK_SECONDS + 0.01, 2)]
)
async def test_check_of_an_address_is_repeated_at_most_so_often(scene: Scene, passed: float, checks: int) -> None:
    scene.now = 0.0
    peer = scene.peer(await scene.agent(), answers=False)
    peer.ask()
    scene.network.run()
    scene.now = passed
    peer.ask()
    scene.network.run()
    assert (len(peer.checks), peer.responses) == (checks, 2)


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_open_checks_below_at_and_above_the_limit(scene: Scene, extra: int) -> None:
    agent = await scene.agent()
    peers = [
        scene.peer(agent, (f"198.51.100.{number}", 5000), answers=False) for number in range(CHECKS_WAITING + extra)
    ]
    for peer in peers:
        peer.ask()
    scene.network.run()
    assert len(agent._checks) == len(scene.port._by_transaction) == CHECKS_WAITING + min(extra, 0)
    peers[0].send(peers[0].answer(peers[0].checks[0]))
    scene.network.run()
    assert (peers[0].address in agent._proved) is (extra <= 0)


async def test_proved_addresses_are_bounded_and_the_last_nomination_holds(scene: Scene) -> None:
    agent = await scene.agent()
    peers = [scene.peer(agent, (f"198.51.100.{number}", 5000)) for number in range(PROVED_KEPT + 1)]
    for peer in peers:
        peer.ask()
        scene.network.run()
    assert (len(agent._proved), agent.address) == (PROVED_KEPT, peers[-1].address)
    # Back to one that is still known: at once. Back to the one that was forgotten: after a check.
    peers[1].answers = peers[0].answers = False
    peers[1].ask()
    scene.network.run()
    assert agent.address == peers[1].address
    peers[0].ask()
    scene.network.run()
    assert (agent.address, len(peers[0].checks)) == (peers[1].address, 2)


@pytest.mark.parametrize(
    ("silent", "moves"), [(UNHEARD_SECONDS - 0.01, False), (UNHEARD_SECONDS, True), (UNHEARD_SECONDS + 0.01, True)]
)
@pytest.mark.parametrize("known", [False, True])
async def test_check_without_nomination_moves_a_peer_only_from_a_silent_address(
    scene: Scene, silent: float, moves: bool, known: bool
) -> None:
    scene.now = 0.0
    peer = await connected(scene)
    other = scene.peer(peer.agent, OTHER)
    if known:
        other.ask(nominate=False)
        scene.network.run()
    scene.now = silent
    other.ask(nominate=False)
    scene.network.run()
    assert peer.agent.address == (OTHER if moves else HOME)
    # What is not in use is no sign of life.
    assert peer.agent.heard_at == (silent if moves else 0.0)


async def test_nominated_address_is_used_at_once(scene: Scene) -> None:
    peer = await connected(scene)
    scene.peer(peer.agent, OTHER).ask()
    scene.network.run()
    assert peer.agent.address == OTHER


async def test_peer_whose_address_was_taken_needs_no_nomination(scene: Scene) -> None:
    first = await connected(scene)
    scene.peer(await scene.agent()).ask()
    scene.network.run()
    assert first.agent.address is None
    scene.peer(first.agent, OTHER).ask(nominate=False)
    scene.network.run()
    assert first.agent.address == OTHER


@given(fates=st.lists(st.integers(0, 2), max_size=40), newest_first=st.booleans(), asks=st.integers(1, 20))
async def test_any_loss_doubling_and_order_connects_or_waits(fates: list[int], newest_first: bool, asks: int) -> None:
    scene = Scene()
    agent = await scene.agent()
    peer = scene.peer(agent)
    scene.network.fate = lambda index: fates[index] if index < len(fates) else 1
    for _ in range(asks):
        peer.ask()
        scene.network.run(newest_first=newest_first)
    # Checks are not repeated within 40 ms: only the clock is left to help.
    agent._checks.clear()
    scene.network.fate = None
    peer.ask()
    scene.network.run()
    assert (agent.address, scene.moves) == (HOME, [HOME])
    assert set(scene.drops()) <= {"drop_unexpected_stun"}
    assert len(agent._checks) <= CHECKS_WAITING


@given(
    st.binary(max_size=100) | st.binary(max_size=60).map(lambda raw: b"\x00\x01" + raw[:2] + b"\x21\x12\xa4\x42" + raw)
)
async def test_any_bytes_from_anywhere_are_dropped_and_counted(data: bytes) -> None:
    scene = Scene()
    await scene.agent()
    scene.network.send(HOME, RELAY, data)
    scene.network.run()
    assert sum(scene.drops().values()) == 1
    assert scene.network.sent == 1


@pytest.mark.parametrize("extra", [-1, 0, 1])
async def test_dtls_queue_below_at_and_above_its_bound(scene: Scene, extra: int) -> None:
    peer = await connected(scene)
    for number in range(DTLS_WAITING + extra):
        peer.send(bytes((22, number)))
    scene.network.run()
    assert scene.drops() == ({"drop_dtls_queue_full": 1} if extra > 0 else {})
    assert [await peer.agent.recv() for _ in range(3)] == [bytes((22, number)) for number in range(3)]


async def test_media_before_the_keys_and_unknown_kinds_are_counted(scene: Scene) -> None:
    peer = await connected(scene)
    peer.agent.on_media = None
    for first in (19, 64, 127, 192, 255, 128, 191):
        peer.send(bytes((first, 0, 0)))
    scene.network.run()
    assert scene.drops() == {"drop_unknown_kind": 5, "drop_early_media": 2}


@pytest.mark.parametrize("full", [False, True])
async def test_close_gives_everything_back_and_wakes_who_waits(scene: Scene, full: bool) -> None:
    peer = await connected(scene)
    agent = peer.agent
    scene.peer(agent, OTHER, answers=False).ask()
    scene.network.run()
    if full:
        for _ in range(DTLS_WAITING):
            agent.datagram_received(CLIENT_HELLO)
    ended = asyncio.create_task(agent.get_event())
    await agent.close()
    await agent.close()
    await ended
    left = agent._datagrams.qsize()
    for _ in range(left - 1):
        await agent.recv()
    with pytest.raises(ConnectionError):
        await agent.recv()
    with pytest.raises(ConnectionError):
        await agent.send(CLIENT_HELLO)
    with pytest.raises(ConnectionError):
        await agent.connect()
    assert (scene.port._by_username, scene.port._by_address, scene.port._by_transaction) == ({}, {}, {})
    peer.ask()
    scene.network.run()
    assert scene.drops() == {"drop_unknown_username": 1}


async def test_closed_agent_that_is_asked_for_addresses_takes_no_place(scene: Scene) -> None:
    agent = IceAgent(scene.port)
    await agent.close()
    await agent.gather_candidates()
    assert (agent.local_candidates, scene.port._by_username) == ([], {})
