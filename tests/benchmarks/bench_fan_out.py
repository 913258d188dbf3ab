"""How long telling 100,000 followers takes: `python -m tests.benchmarks.bench_fan_out [followers]`.

It runs on a PostgreSQL of its own, in which half of the followers have a device.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tests.servers.environment import Servers, settle

if TYPE_CHECKING:
    from collections.abc import Callable

FOLLOWERS = 100_000


def main(followers: int) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from accounts.models import Channel, Follow, Notification, NotificationDelivery, PushSubscription, User
    from accounts.selectors.notifications import unread_count
    from accounts.services.delivering import claim
    from accounts.services.fan_out import fan_out
    from rooms.services.lifecycle import open_room

    host = User.objects.create(handle="host", email="host@example.org")
    people = [User(handle=f"p{number}", email=f"p{number}@example.org") for number in range(followers)]
    User.objects.bulk_create(people, batch_size=5000)
    Follow.objects.bulk_create([Follow(follower=user, followed=host) for user in people], batch_size=5000)
    devices = [
        PushSubscription(user=user, endpoint=f"https://push.example/{user.pk}", p256dh="p", auth="a")
        for user in people[::2]
    ]
    PushSubscription.objects.bulk_create(devices, batch_size=5000)
    begun = time.perf_counter()
    room = open_room(host, title="Chess, out loud", language="en")
    print(f"opening the room: {(time.perf_counter() - begun) * 1000:.1f} ms")
    begun = time.perf_counter()
    batches = fan_out()
    took = time.perf_counter() - begun
    print(
        f"telling {followers} followers of {room.title!r}: {took:.1f} s in {batches} batches, {followers / took:.0f}/s"
    )
    print(f"rows: {Notification.objects.count()} notifications, {NotificationDelivery.objects.count()} pushes")
    calls: dict[str, Callable[[], object]] = {
        "claiming 50 pushes": lambda: claim(Channel.PUSH),
        "counting somebody's unread": lambda: unread_count(people[0]),
    }
    for name, call in calls.items():
        begun = time.perf_counter()
        with CaptureQueriesContext(connection) as queries:
            call()
        print(f"{name}: {(time.perf_counter() - begun) * 1000:.1f} ms, {len(queries)} queries")


if __name__ == "__main__":
    servers = Servers()
    servers.start()
    try:
        settle("")
        with tempfile.TemporaryDirectory() as folder:
            import os

            os.environ["VAR_DIR"] = str(Path(folder))
            import django

            django.setup()
            from django.test.utils import setup_databases

            setup_databases(verbosity=0, interactive=False)
            main(int(sys.argv[1]) if len(sys.argv) > 1 else FOLLOWERS)
    finally:
        servers.stop()
