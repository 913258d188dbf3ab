"""Firefox in a room with Chromium: sound both ways. `make test-firefox` runs it.

Firefox never sends media to a loopback address: it needs a network, and gets one of its own that leads nowhere
(tests/tools/firefox.py).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from config.embedded.demo import PASSWORD
from tests.e2e.actions import end_room, path_of
from tests.e2e.firefox import find_firefox, start_firefox
from tests.e2e.sounds import wait_to_hear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

    from tests.e2e.firefox import Firefox
    from tests.servers.embedded import Embedded

pytestmark = [pytest.mark.e2e, pytest.mark.firefox]

FIREFOX_HZ = 1000
COUNT_PEERS = """
const Peer = window.RTCPeerConnection;
window.peers = [];
window.RTCPeerConnection = class extends Peer {
  constructor(...options) {
    super(...options);
    window.peers.push(this);
  }
};
"""
# Decoded sound, since an AudioContext needs a sound card in Firefox, and machines for tests have none.
ENERGY = """
(async () => {
  const open = peers.filter(({ signalingState }) => signalingState !== "closed");
  const stats = (await Promise.all(open.map((peer) => peer.getStats()))).flatMap((all) => [...all.values()]);
  const incoming = stats.filter(({ type }) => type === "inbound-rtp");
  return incoming.reduce((sum, { totalAudioEnergy }) => sum + totalAudioEnergy, 0);
})()
"""


@pytest.fixture
def firefox(tmp_path: Path) -> Iterator[Firefox]:
    program = find_firefox()
    assert program is not None, "There is no Firefox on this machine (Debian: sudo apt-get install firefox-esr)."
    with start_firefox(program, tmp_path, {"media.navigator.audio.fake_frequency": FIREFOX_HZ}) as one:
        one.before_each_page(COUNT_PEERS)
        yield one


def log_in(firefox: Firefox, url: str, handle: str, room: str) -> None:
    firefox.goto(f"{url}/accounts/login/?next={room}")
    for name, value in (("login", handle), ("password", PASSWORD)):
        firefox.evaluate(f"document.querySelector('input[name={name}]').value = {json.dumps(value)}")
    firefox.click("form.form button")
    firefox.wait_for(f"location.pathname === {json.dumps(room)} && document.querySelector('#bar')")


def test_firefox_and_chromium_hear_each_other(firefox: Firefox, enter: Callable[..., Page], embedded: Embedded) -> None:
    host = enter("theo", 440)
    host.goto("/rooms/new/")
    host.locator("input[name=title]").fill("Two engines")
    host.locator("form.form button").last.click()
    host.locator("#bar [data-slot=mic]").click()

    log_in(firefox, embedded.url, "yara", path_of(host))
    firefox.wait_for(f"{ENERGY.strip()}.then((energy) => energy > 0.1)")
    # The name comes with the packets: the speaker is their contributing source.
    firefox.wait_for("document.querySelector('#stage [data-slot=talking]').textContent.includes('Théo')")

    firefox.click("#bar [data-slot=hand]")
    host.locator("#hands .queue__tools [data-do='hand.accept']").click()
    firefox.click("#bar [data-slot=mic]")
    firefox.click("#sound [data-slot=go]")
    wait_to_hear(host, FIREFOX_HZ)
    end_room(host)
