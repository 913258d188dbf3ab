"""What the API takes and gives for rooms."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from accounts.models import HANDLE_MAX_LENGTH
from accounts.selectors.people import person_card
from rooms.enums import RoomState, StageRole
from rooms.models import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Room


class SpaceFilters(serializers.Serializer[Any]):
    """The list's filters as they stand in the query."""

    state = serializers.ChoiceField(
        choices=RoomState.choices,
        required=False,
        error_messages={
            "invalid_choice": format_lazy(
                _("That is not a state. Use one of: {allowed}."), allowed=", ".join(RoomState.values)
            )
        },
    )
    host = serializers.CharField(required=False, max_length=HANDLE_MAX_LENGTH, help_text=_("The host's handle."))


class NewSpaceSerializer(serializers.Serializer[Any]):
    """What one says about a room before opening it; the service has the rules."""

    title = serializers.CharField(max_length=TITLE_MAX_LENGTH)
    description = serializers.CharField(max_length=DESCRIPTION_MAX_LENGTH, required=False, allow_blank=True)
    language = serializers.CharField(max_length=8)


class SpeakerSerializer(serializers.Serializer[Any]):
    """Somebody on the stage."""

    id = serializers.CharField(source="person.id")
    handle = serializers.CharField(source="person.handle")
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(choices=StageRole.choices)
    muted = serializers.BooleanField()


class SpaceSerializer(serializers.ModelSerializer[Room]):
    """A room in the list. Needs `counts` in the context: how many are connected to each room, by its id."""

    id = serializers.CharField(source="public_id")
    host = serializers.SerializerMethodField()
    started_at = serializers.DateTimeField(source="began_at", allow_null=True)
    participant_count = serializers.SerializerMethodField()
    url = serializers.SerializerMethodField()

    class Meta:
        model = Room
        fields = (
            "id",
            "title",
            "description",
            "language",
            "state",
            "host",
            "starts_at",
            "started_at",
            "ended_at",
            "participant_count",
            "url",
        )
        read_only_fields = fields

    @extend_schema_field(PersonSerializer)
    def get_host(self, room: Room) -> dict[str, Any]:
        return PersonSerializer(person_card(room.host)).data

    def get_participant_count(self, room: Room) -> int:
        """Everybody connected now, guests included."""
        counts = self.context["counts"][room.public_id]
        return int(counts["people"] + counts["guests"])

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, room: Room) -> str:
        """The room's page."""
        address: str = self.context["request"].build_absolute_uri(reverse("rooms:room", args=[room.public_id]))
        return address


@extend_schema_serializer(component_name="SpaceWithSpeakers")
class SpaceLookupSerializer(SpaceSerializer):
    """A room by itself. Needs `stage` in the context: who sits on the stage."""

    speakers = serializers.SerializerMethodField()

    class Meta(SpaceSerializer.Meta):
        fields = (*SpaceSerializer.Meta.fields, "speakers")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(SpeakerSerializer(many=True))
    def get_speakers(self, room: Room) -> list[dict[str, Any]]:
        del room
        return [dict(entry) for entry in SpeakerSerializer(self.context["stage"], many=True).data]
