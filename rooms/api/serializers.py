"""What the API gives for rooms."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from accounts.api.serializers import PersonSerializer
from accounts.selectors.people import person_card, person_of
from rooms.enums import BoardKind, ChatPace, EntryRule, LinkState, Rhythm, Role, RoomState, SpeakRule, StageRole
from rooms.models import Ban, Room
from rooms.selectors import role_in
from rooms.topics import topics_of
from rooms.versions import version_of

ROLES = [role.value for role in Role]


class SpeakerSerializer(serializers.Serializer[Any]):
    """Somebody on the stage."""

    id = serializers.CharField(source="person.id")
    handle = serializers.CharField(source="person.handle")
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(choices=StageRole.choices)
    muted = serializers.BooleanField()


class SeriesSerializer(serializers.Serializer[Any]):
    """What a room that comes again is part of; it keeps its hour by the clocks of `zone`."""

    repeats = serializers.ChoiceField(choices=Rhythm.choices, source="rhythm")
    zone = serializers.CharField()
    ended = serializers.SerializerMethodField()

    @extend_schema_field(OpenApiTypes.BOOL)
    def get_ended(self, series: Any) -> bool:
        """Whether no more are planned."""
        return series.ended_at is not None


class SpaceSerializer(serializers.ModelSerializer[Room]):
    """A room in the list. Needs `counts` in the context: how many are connected to each room, by its id."""

    id = serializers.CharField(source="public_id")
    host = serializers.SerializerMethodField()
    # As they are, and nothing but what the server says: a choice of the model may have a blank beside it.
    state = serializers.ChoiceField(choices=RoomState.choices)
    entry_rule = serializers.ChoiceField(choices=EntryRule.choices)
    speak_rule = serializers.ChoiceField(choices=SpeakRule.choices)
    language = serializers.CharField()
    topics = serializers.SerializerMethodField()
    chat_slow = serializers.ChoiceField(choices=ChatPace.choices)
    series = SeriesSerializer(allow_null=True)
    version = serializers.SerializerMethodField()
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
            "topics",
            "state",
            "host",
            "starts_at",
            "entry_rule",
            "guests_listen",
            "speak_rule",
            "hands_locked",
            "stage_locked",
            "chat_open",
            "chat_slow",
            "series",
            "version",
            "started_at",
            "ended_at",
            "participant_count",
            "url",
        )
        read_only_fields = fields

    @extend_schema_field(PersonSerializer)
    def get_host(self, room: Room) -> dict[str, Any]:
        return PersonSerializer(person_card(room.host)).data

    def get_topics(self, room: Room) -> list[str]:
        """What it is about, by `slug` of `/topics`; the first one leads."""
        return [topic.slug for topic in topics_of(room)]

    def get_participant_count(self, room: Room) -> int:
        """Everybody connected now, guests included."""
        counts = self.context["counts"][room.public_id]
        return int(counts["people"] + counts["guests"])

    def get_version(self, room: Room) -> str:
        """Name its settings as they are, for `version` or `If-Match` of the next change."""
        return version_of(room)

    @extend_schema_field(OpenApiTypes.URI)
    def get_url(self, room: Room) -> str:
        """The room's page."""
        address: str = self.context["request"].build_absolute_uri(reverse("rooms:room", args=[room.public_id]))
        return address


@extend_schema_serializer(component_name="SpaceWithSpeakers")
class SpaceLookupSerializer(SpaceSerializer):
    """A room by itself. Needs `stage` in the context: who sits on the stage."""

    speakers = serializers.SerializerMethodField()
    your_role = serializers.SerializerMethodField()

    class Meta(SpaceSerializer.Meta):
        fields = (*SpaceSerializer.Meta.fields, "speakers", "your_role")  # type: ignore[assignment]
        read_only_fields = fields  # type: ignore[assignment]

    @extend_schema_field(SpeakerSerializer(many=True))
    def get_speakers(self, room: Room) -> list[dict[str, Any]]:
        del room
        return [dict(entry) for entry in SpeakerSerializer(self.context["stage"], many=True).data]

    @extend_schema_field(serializers.ChoiceField(choices=ROLES))
    def get_your_role(self, room: Room) -> str:
        """What you are in it; `listener` also while you are not there."""
        return role_in(room, person_of(self.context["request"].user)).value


class ParticipantSerializer(serializers.Serializer[Any]):
    """Somebody in a room."""

    id = serializers.CharField(source="person.id")
    handle = serializers.CharField(source="person.handle")
    name = serializers.CharField(source="person.name")
    role = serializers.ChoiceField(choices=ROLES[:-1])
    muted = serializers.BooleanField(allow_null=True, help_text="Null for the audience.")
    connected = serializers.BooleanField(help_text="Whether a device of theirs is in the room now.")


class HandSerializer(serializers.Serializer[Any]):
    """A raised hand."""

    place = serializers.IntegerField(help_text="In the queue, from 1.")
    person = PersonSerializer()
    raised_at = serializers.DateTimeField()
    reason = serializers.CharField(allow_blank=True)
    pinned = serializers.BooleanField()


class BanSerializer(serializers.Serializer[Any]):
    """Somebody whom the room does not let in."""

    person = serializers.SerializerMethodField()
    everywhere = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()

    @extend_schema_field(PersonSerializer)
    def get_person(self, ban: Ban) -> dict[str, Any]:
        return PersonSerializer(person_card(ban.user)).data

    @extend_schema_field(OpenApiTypes.BOOL)
    def get_everywhere(self, ban: Ban) -> bool:
        """Whether it is for all rooms of the host."""
        return ban.room_id is None


class TopicSerializer(serializers.Serializer[Any]):
    """Something that rooms are about."""

    slug = serializers.CharField()
    name = serializers.CharField(help_text="In the language of `Accept-Language`.")


class BoardItemSerializer(serializers.Serializer[Any]):
    """A link or a note on a board."""

    id = serializers.CharField()
    kind = serializers.ChoiceField(choices=BoardKind.choices)
    person = PersonSerializer()
    pinned = serializers.BooleanField()
    url = serializers.CharField(allow_blank=True, help_text="Of a link.")
    text = serializers.CharField(allow_blank=True, help_text="Of a note.")
    state = serializers.ChoiceField(choices=LinkState.choices, help_text="Whether it is known what a link leads to.")
    title = serializers.CharField(allow_blank=True, help_text="Of what a link leads to.")
    site = serializers.CharField(allow_blank=True)


class MessageSerializer(serializers.Serializer[Any]):
    """A message in a room's chat."""

    id = serializers.CharField()
    person = PersonSerializer()
    text = serializers.CharField(allow_blank=True, help_text="Empty once it was removed.")
    created_at = serializers.DateTimeField(source="at")
    removed = serializers.BooleanField()
