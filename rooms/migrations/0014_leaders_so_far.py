"""Whoever leads a room already led it before it was remembered who does."""

from django.db import migrations
from django.db.models import F


def note_leaders(apps, schema_editor):
    """Take down the host of each room, then everybody who leads on a stage; the host first, as who opened it."""
    leaders = apps.get_model("rooms", "RoomLeader").objects
    rooms = apps.get_model("rooms", "Room").objects.values_list("pk", "host", "created_at")
    on_stage = apps.get_model("rooms", "StageMember").objects.filter(role__in=("host", "cohost"))
    stages = on_stage.exclude(user=F("room__host")).values_list("room", "user", "joined_at")
    for found in (rooms, stages):
        rows = (leaders.model(room_id=room, user_id=user, since=since) for room, user, since in found.iterator(2000))
        leaders.bulk_create(rows, ignore_conflicts=True, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("rooms", "0013_leaders")]
    operations = [migrations.RunPython(note_leaders, migrations.RunPython.noop, elidable=True)]
