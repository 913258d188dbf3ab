"""Clients that ask for long files and read nothing: what waits for them stays small, whatever they asked for."""

from __future__ import annotations

import os
import socket
import time
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from media.models import Recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rooms.models import Room
    from tests.rooms.web import Web

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

FILE_BYTES = 8 * 2**20
CLIENTS = 20
# Without a limit each client's two megabytes wait at once, and half a megabyte more each second.
GROWTH_KB = 10 * 1024


def replay_of(room: Room, folder: Path) -> str:
    """Put a replay there and return its address."""
    now = timezone.now()
    recording = Recording.objects.create(
        room_key=room.public_id, state="ready", started_at=now, stopped_at=now, file="replay-1.ogg"
    )
    (folder / recording.public_id).mkdir()
    (folder / recording.public_id / "replay-1.ogg").write_bytes(os.urandom(FILE_BYTES))
    return f"/rooms/{room.public_id}/replays/{recording.public_id}/sound.ogg"


def ask(web: Web, address: str) -> socket.socket:
    """Ask for it with a small window, and read nothing."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect(("127.0.0.1", web.port))
    client.sendall(f"GET {address} HTTP/1.1\r\nHost: 127.0.0.1:{web.port}\r\n\r\n".encode())
    return client


def read(client: socket.socket, most: int) -> int:
    """Read up to so many bytes and return how many came."""
    client.settimeout(10)
    came = 0
    while came < most and (data := client.recv(2**16)):
        came += len(data)
    return came


def test_memory_stays_small_while_nobody_reads(make_web: Callable[..., Web], room: Room, tmp_path: Path) -> None:
    web = make_web(RECORDINGS_DIR=str(tmp_path))
    address = replay_of(room, tmp_path)
    # The first answers of a process take memory that stays: for modules, and for each thread and connection.
    for _ in range(3):
        first = [ask(web, address) for _ in range(CLIENTS)]
        for client in first:
            assert read(client, 2**20) >= 2**20
            client.close()
    before = web.resident_kb
    clients = [ask(web, address) for _ in range(CLIENTS)]
    give_up = time.monotonic() + 4
    while time.monotonic() < give_up:
        assert web.resident_kb - before < GROWTH_KB
        time.sleep(0.1)
    # Whoever reads after all gets what was asked for.
    assert read(clients[0], 2 * 2**20) >= 2 * 2**20
    for client in clients:
        client.close()
