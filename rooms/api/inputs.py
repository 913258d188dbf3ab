"""What the API takes for rooms; the services have the rules."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.text import format_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import serializers

from accounts.models import HANDLE_MAX_LENGTH
from accounts.time_zones import is_time_zone
from config.lib.wall_clock import is_repeated, is_skipped, moment_at
from rooms.entry_words import OFFERED
from rooms.enums import ChatPace, ReportCategory, Rhythm, RoomState, SpeakRule, StageRole
from rooms.models import (
    DESCRIPTION_MAX_LENGTH,
    MESSAGE_KEY_MAX_LENGTH,
    MESSAGE_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    REASON_MAX_LENGTH,
    REPORT_NOTE_MAX_LENGTH,
    TITLE_MAX_LENGTH,
    TOPICS_PER_ROOM,
    URL_MAX_LENGTH,
)
from rooms.searching import QUERY_MAX_LENGTH

if TYPE_CHECKING:
    from collections.abc import Mapping

# Nobody is that far down a queue.
PLACE_MOST = 100_000
OFFERED_RULES = [(rule.value, rule.label) for rule in OFFERED]


class Input(serializers.Serializer[Any]):
    """A body that says no more than what is known here: a misspelt field would else be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        taken = super().to_internal_value(data)
        text = _("There is no such field here, or it cannot be set.")
        unknown = {str(name): [text] for name in data if name not in self.fields}
        if unknown:
            raise serializers.ValidationError(unknown, code="unknown_field")
        return taken


class MomentField(serializers.CharField):
    """A moment as RFC 3339 has it, or without an offset, by the clocks of the field `zone` beside it."""

    def __init__(self, **given: Any) -> None:
        super().__init__(
            max_length=40,
            help_text=gettext_lazy("2026-12-01T20:00:00+01:00, or 2026-12-01T20:00 with `zone`. Answers are in UTC."),
            **given,
        )


class WithMoment(Input):
    """Fields `starts_at` and `zone`, of which a moment in UTC is made."""

    starts_at = MomentField(required=False)
    zone = serializers.CharField(
        required=False,
        max_length=64,
        help_text=gettext_lazy(
            "A time zone by IANA’s name, as Europe/Paris. Rooms that come again keep their hour by its clocks."
        ),
    )

    def validate_zone(self, zone: str) -> str:
        if not is_time_zone(zone):
            raise serializers.ValidationError(_("This time zone is not known here."), code="unknown_zone")
        return zone

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "starts_at" in attrs:
            try:
                attrs["starts_at"] = moment_of(attrs["starts_at"], attrs.get("zone"))
            except serializers.ValidationError as error:
                raise serializers.ValidationError({"starts_at": error.detail}) from error
        return attrs


def moment_of(text: str, zone: str | None) -> datetime:
    """Return in UTC what was written; by the clocks of `zone` where it has no offset. Raises ValidationError."""
    try:
        said = datetime.fromisoformat(text)
        if said.tzinfo is not None:
            return said.astimezone(UTC)
    except (ValueError, OverflowError):
        raise serializers.ValidationError(_("That is no moment. Write it as 2026-12-01T20:00:00+01:00.")) from None
    if zone is None:
        raise serializers.ValidationError(
            _("Say by which clocks: with an offset as +01:00 or Z, or with `zone`."), code="no_zone"
        )
    if is_skipped(said, zone):
        raise serializers.ValidationError(
            _("That night the clocks go forward over this hour. Choose another one."), code="skipped"
        )
    if is_repeated(said, zone):
        raise serializers.ValidationError(
            _("That night the clocks go back, and this hour comes twice. Say which with an offset."), code="repeated"
        )
    return moment_at(said, zone)


class SpaceFilters(serializers.Serializer[Any]):
    """The list's filters as they stand in the query."""

    state = serializers.ChoiceField(
        choices=RoomState.choices,
        required=False,
        error_messages={
            "invalid_choice": format_lazy(
                gettext_lazy("That is not a state. Use one of: {allowed}."), allowed=", ".join(RoomState.values)
            )
        },
    )
    host = serializers.CharField(
        required=False, max_length=HANDLE_MAX_LENGTH, help_text=gettext_lazy("The host's handle.")
    )
    language = serializers.ChoiceField(
        choices=list(dict(settings.LANGUAGES)), required=False, help_text=gettext_lazy("Of the conversation.")
    )
    topic = serializers.SlugField(
        required=False, max_length=40, help_text=gettext_lazy("What it is about, by `slug` of `/topics`.")
    )
    q = serializers.CharField(
        required=False,
        max_length=QUERY_MAX_LENGTH,
        help_text=gettext_lazy("Words of the title or description, the host or a topic. All of them have to be found."),
    )
    starts_after = serializers.DateTimeField(
        required=False, help_text=gettext_lazy("Only what was planned for then or later.")
    )
    starts_before = serializers.DateTimeField(
        required=False, help_text=gettext_lazy("Only what was planned for an earlier moment.")
    )


class SpaceFields(WithMoment):
    """What a host says of a room, when it is made and later."""

    title = serializers.CharField(max_length=TITLE_MAX_LENGTH)
    description = serializers.CharField(max_length=DESCRIPTION_MAX_LENGTH, required=False, allow_blank=True)
    language = serializers.CharField(max_length=8)
    topics = serializers.ListField(
        child=serializers.SlugField(max_length=40),
        required=False,
        max_length=TOPICS_PER_ROOM,
        help_text=gettext_lazy("What it is about, by `slug` of `/topics`; the first one leads."),
    )
    entry_rule = serializers.ChoiceField(
        choices=OFFERED_RULES,
        required=False,
        help_text=gettext_lazy("Who may enter; everyone, unless said otherwise."),
    )
    guests_listen = serializers.BooleanField(
        required=False,
        help_text=gettext_lazy("Whether people without an account may listen, where everyone may enter."),
    )
    speak_rule = serializers.ChoiceField(
        choices=SpeakRule.choices,
        required=False,
        help_text=gettext_lazy("Who may raise a hand; everyone, unless said otherwise."),
    )


class NewSpaceSerializer(SpaceFields):
    """A room that is opened at once or, with `starts_at`, planned; with `repeats`, it comes again."""

    repeats = serializers.ChoiceField(
        choices=Rhythm.choices, required=False, help_text=gettext_lazy("Needs `starts_at` and `zone`.")
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        taken = super().validate(attrs)
        if "repeats" in taken:
            missing = {
                name: [_("Rooms that come again need this.")] for name in ("starts_at", "zone") if name not in taken
            }
            if missing:
                raise serializers.ValidationError(missing, code="required")
        return taken


class SpacePatch(SpaceFields):
    """What is to be another; whatever is left out stays."""

    title = serializers.CharField(max_length=TITLE_MAX_LENGTH, required=False)
    language = serializers.CharField(max_length=8, required=False)
    hands_locked = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Whether no more hands go up for now.")
    )
    stage_locked = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Whether nobody comes on stage for now, not even by invitation.")
    )
    chat_open = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Whether all may write; hosts always may.")
    )
    chat_slow = serializers.ChoiceField(
        choices=ChatPace.choices,
        required=False,
        help_text=gettext_lazy("Seconds that one person waits between two messages."),
    )
    following = serializers.BooleanField(
        required=False,
        help_text=gettext_lazy("Of a series: whether all that follow change too. For words, topics and time only."),
    )
    version = serializers.CharField(
        required=False,
        max_length=64,
        help_text=gettext_lazy(
            "`version` of the room as you read it: if it has another one by now, nothing is changed."
        ),
    )


class CancelInput(Input):
    """Whether more than one is meant."""

    following = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Of a series: whether all that follow are cancelled too, and it ends.")
    )


class RaisedHandInput(Input):
    """What one would like to say."""

    reason = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=REASON_MAX_LENGTH,
        help_text=gettext_lazy("Everybody in the room sees it."),
    )


class HandPatch(Input):
    """Where a hand is to stand."""

    place = serializers.IntegerField(
        required=False, min_value=1, max_value=PLACE_MOST, help_text=gettext_lazy("Counted from 1.")
    )
    pinned = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Whether it stands before all that are not pinned.")
    )


class RoleInput(Input):
    """What somebody on the stage is to be."""

    role = serializers.ChoiceField(choices=[(role.value, role.label) for role in (StageRole.COHOST, StageRole.SPEAKER)])


class PersonInput(Input):
    """Somebody."""

    person = serializers.CharField(max_length=14, help_text=gettext_lazy("Their id."))


class BanInput(Input):
    """How far a ban goes."""

    everywhere = serializers.BooleanField(
        required=False, help_text=gettext_lazy("Whether it is for all rooms of the host, who alone may say so.")
    )


class BoardInput(Input):
    """A link or a note."""

    url = serializers.CharField(required=False, max_length=URL_MAX_LENGTH, help_text=gettext_lazy("Of a link."))
    text = serializers.CharField(required=False, max_length=NOTE_MAX_LENGTH, help_text=gettext_lazy("Of a note."))

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len(attrs) != 1:
            raise serializers.ValidationError(_("Send either `url` or `text`."), code="one_of")
        return attrs


class PinInput(Input):
    """Something on the board."""

    item = serializers.CharField(max_length=14, help_text=gettext_lazy("Its id."))


class MessageInput(Input):
    """What somebody writes."""

    text = serializers.CharField(max_length=MESSAGE_MAX_LENGTH)
    key = serializers.CharField(
        required=False,
        max_length=MESSAGE_KEY_MAX_LENGTH,
        help_text=gettext_lazy("What you call it: sent again under the same key, it is the same message."),
    )


class ReportInput(Input):
    """What is wrong with something."""

    category = serializers.ChoiceField(choices=ReportCategory.choices)
    note = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=REPORT_NOTE_MAX_LENGTH,
        help_text=gettext_lazy("What happened. Only staff read it."),
    )


class ParticipantFilters(serializers.Serializer[Any]):
    """Which part of a room."""

    part = serializers.ChoiceField(
        choices=["stage", "audience"], required=False, help_text=gettext_lazy("Both, unless said otherwise.")
    )


def read(kind: type[serializers.Serializer[Any]], data: Mapping[str, Any] | list[Any]) -> dict[str, Any]:
    """Return what was sent, checked. Raises ValidationError."""
    taken = kind(data=data)
    taken.is_valid(raise_exception=True)
    found: dict[str, Any] = taken.validated_data
    return found
