"""The words of a room: states, roles and what can be done."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoomState(models.TextChoices):
    LIVE = "live", _("live")
    ENDED = "ended", _("ended")


class SpeakRule(models.TextChoices):
    """Who may raise a hand. Whom a host invites may come up under each of them."""

    EVERYONE = "everyone", _("everybody")
    FOLLOWED = "followed", _("people whom the host follows")
    INVITED = "invited", _("only people whom a host invites")


class Role(StrEnum):
    """What somebody is in a room, from the most able down. The first three sit on the stage and are rows."""

    HOST = "host"
    COHOST = "cohost"
    SPEAKER = "speaker"
    LISTENER = "listener"
    # Somebody without an account.
    GUEST = "guest"


class StageRole(models.TextChoices):
    """The roles on the stage, as the database knows them."""

    HOST = Role.HOST.value, _("host")
    COHOST = Role.COHOST.value, _("co-host")
    SPEAKER = Role.SPEAKER.value, _("speaker")


class Action(StrEnum):
    """Everything that somebody may ask of a room; `rooms.permissions` says who may."""

    END_ROOM = "end_room"
    INVITE = "invite"
    ACCEPT_HAND = "accept_hand"
    LOWER_ANY_HAND = "lower_any_hand"
    MOVE_TO_AUDIENCE = "move_to_audience"
    MUTE_OTHER = "mute_other"
    CHANGE_ROLE = "change_role"
    RECORD = "record"
    ORDER_HANDS = "order_hands"
    LOCK_HANDS = "lock_hands"
    LOCK_STAGE = "lock_stage"
    SET_SPEAK_RULE = "set_speak_rule"
    HAND_OVER = "hand_over"
    TAKE_OVER = "take_over"
    RAISE_HAND = "raise_hand"
    ANSWER_INVITATION = "answer_invitation"
    SPEAK = "speak"
    STEP_DOWN = "step_down"
    LISTEN = "listen"
    REACT = "react"


class Reaction(models.TextChoices):
    """What one can show without a word; each is a drawing of site/reactions.svg."""

    CLAP = "clap", _("Applause")
    HEART = "heart", _("Love")
    LAUGH = "laugh", _("Laughter")
    WOW = "wow", _("Surprise")
    IDEA = "idea", _("Good idea")
    AGREE = "agree", _("I agree")
    THANKS = "thanks", _("Thank you")
    FLOWER = "flower", _("A flower")
    FIRE = "fire", _("That is strong")
    PARTY = "party", _("Let us celebrate")
    SAD = "sad", _("How sad")
    WAVE = "wave", _("Hello")
