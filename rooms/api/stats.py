"""A room's figures, for partners who host it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.response import Response

from accounts.api.serializers import PersonSerializer
from accounts.selectors.people import person_card
from config.lib.errors import NotFoundError
from rooms.api.space import SpaceView
from rooms.stats import room_stats, room_to_count

if TYPE_CHECKING:
    from rest_framework.request import Request

    from media.measured import Talk
    from rooms.stats import Replays


class MinuteSerializer(serializers.Serializer[Any]):
    """One minute. `people` and `guests` were there at its fullest."""

    at = serializers.DateTimeField()
    people = serializers.IntegerField(allow_null=True, help_text="Null if nobody looked.")
    guests = serializers.IntegerField(allow_null=True)
    came = serializers.IntegerField()
    left = serializers.IntegerField()
    raised = serializers.IntegerField()
    accepted = serializers.IntegerField()
    reactions = serializers.DictField(child=serializers.IntegerField())


class TalkSerializer(serializers.Serializer[Any]):
    """How long somebody talked."""

    person = serializers.SerializerMethodField()
    talked_ms = serializers.IntegerField(source="voice_ms")
    microphone_open_ms = serializers.IntegerField(source="received_ms")

    @extend_schema_field(PersonSerializer(allow_null=True))
    def get_person(self, talk: Talk) -> dict[str, Any] | None:
        """Null for all together whose accounts are gone."""
        return None if talk.person is None else PersonSerializer(person_card(talk.person)).data


class PeakSerializer(serializers.Serializer[Any]):
    """How many were there at the fullest, and in which minute first."""

    present = serializers.IntegerField()
    at = serializers.DateTimeField()


class ReplayDaySerializer(serializers.Serializer[Any]):
    """How many listened on a day."""

    day = serializers.DateField()
    listens = serializers.IntegerField()


class ReplaysSerializer(serializers.Serializer[Any]):
    """How often replays were heard: once for each listener and day."""

    listens = serializers.IntegerField()
    days = serializers.SerializerMethodField()
    reached = serializers.ListField(
        child=serializers.IntegerField(), help_text="Of each tenth of the replay, how many began to hear it."
    )

    @extend_schema_field(ReplayDaySerializer(many=True))
    def get_days(self, replays: Replays) -> list[dict[str, Any]]:
        days = [{"day": day, "listens": number} for day, number in replays.days]
        return list(ReplayDaySerializer(days, many=True).data)


class StatsSerializer(serializers.Serializer[Any]):
    """A room from `began_at` until `until`: its end or, while it is live, now."""

    began_at = serializers.DateTimeField(source="began")
    until = serializers.DateTimeField()
    lasted_ms = serializers.IntegerField()
    people = serializers.IntegerField(help_text="With an account.")
    guests = serializers.IntegerField(help_text="Visits of guests.")
    peak = PeakSerializer(allow_null=True)
    mean_stay_s = serializers.IntegerField(allow_null=True)
    median_stay_s = serializers.IntegerField(allow_null=True)
    listened_ms = serializers.IntegerField(help_text="All listeners together.")
    raised = serializers.IntegerField()
    accepted = serializers.IntegerField()
    reactions = serializers.DictField(child=serializers.IntegerField())
    speakers = TalkSerializer(many=True, source="talk", help_text="Those who talked longest leading.")
    replays = ReplaysSerializer()
    minutes = MinuteSerializer(many=True)


class SpaceStats(SpaceView):
    """Figures."""

    @extend_schema(operation_id="spaces_stats_retrieve", responses=StatsSerializer)
    def get(self, request: Request, public_id: str) -> Response:
        """Return how a room went or goes, for its host and co-hosts. One that never began has no figures."""
        room = room_to_count(request.user, public_id)
        if room.began_at is None:
            raise NotFoundError
        return Response(StatsSerializer(room_stats(room)).data, headers={"Cache-Control": "private, no-store"})
