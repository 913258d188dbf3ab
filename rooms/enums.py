"""The words of a room: states, roles and what can be done."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _


class RoomState(models.TextChoices):
    """The life of a room. One that is opened at once begins live; a lobby that is put off closes again."""

    SCHEDULED = "scheduled", _("planned")
    # The lobby: the host is in, the audience waits.
    OPEN = "open", _("about to begin")
    LIVE = "live", _("live")
    ENDED = "ended", _("ended")
    CANCELLED = "cancelled", _("cancelled")


# Planned, and nothing was said in it yet.
COMING = (RoomState.SCHEDULED, RoomState.OPEN)
# The host is in.
RUNNING = (RoomState.OPEN, RoomState.LIVE)
OVER = (RoomState.ENDED, RoomState.CANCELLED)
# Something may still happen there.
LASTING = (RoomState.SCHEDULED, RoomState.OPEN, RoomState.LIVE)


class CancelReason(models.TextChoices):
    """Why a planned room did not take place."""

    HOST = "host", _("by the host")
    NO_SHOW = "no_show", _("the host did not come")
    STAFF = "staff", _("by those who run this site")


class Rhythm(models.TextChoices):
    """How often the rooms of a series come."""

    WEEKLY = "weekly", _("every week")
    MONTHLY = "monthly", _("every month")


class AlarmKind(models.TextChoices):
    """What those who wait for a room are told."""

    SOON = "soon", _("begins soon")
    START = "start", _("begins")
    MOVED = "moved", _("has another time")
    CANCELLED = "cancelled", _("is cancelled")


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

    OPEN_LOBBY = "open_lobby"
    START_ROOM = "start_room"
    EDIT_ROOM = "edit_room"
    RESCHEDULE = "reschedule"
    CANCEL_ROOM = "cancel_room"
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
    REMOVE = "remove"
    BAN = "ban"
    BAN_EVERYWHERE = "ban_everywhere"
    SET_ENTRY = "set_entry"
    ADMIT = "admit"
    PING = "ping"
    CHAT = "chat"
    MODERATE_CHAT = "moderate_chat"
    USE_BOARD = "use_board"
    SEE_STATS = "see_stats"


class ChatPace(models.IntegerChoices):
    """Seconds that one person waits between two messages."""

    FREE = 0, _("no wait")
    FIVE = 5, _("5 seconds")
    TEN = 10, _("10 seconds")
    THIRTY = 30, _("30 seconds")
    SIXTY = 60, _("1 minute")


class BoardKind(models.TextChoices):
    LINK = "link", _("link")
    NOTE = "note", _("text note")


class LinkState(models.TextChoices):
    """Whether it is known what a link leads to."""

    LOADING = "loading", _("loading")
    READY = "ready", _("ready")
    FAILED = "failed", _("failed")


class EntryRule(models.TextChoices):
    """Whom a room is open to; `rooms.entry_rules` says what each asks for."""

    EVERYONE = "everyone", _("Everyone")
    FOLLOWERS = "followers", _("People who follow the host")
    FOLLOWED = "followed", _("People the host follows")
    MUTUALS = "mutuals", _("People who follow the host and whom the host follows")
    INVITED = "invited", _("Only people who were invited")
    TICKET = "ticket", _("People with a ticket")


class AdmissionKind(models.TextChoices):
    """Why somebody may enter whatever the rule says."""

    INVITED = "invited", _("invited")
    TICKET = "ticket", _("ticket")
    # Was inside when the rule changed.
    PRESENT = "present", _("was there already")


class ReportKind(models.TextChoices):
    """What can be told to staff. Other parts of rooms may list more."""

    PERSON = "person", _("a person")
    ROOM = "room", _("a room")
    MESSAGE = "message", _("a message")


class ReportCategory(models.TextChoices):
    """What is wrong with it."""

    HARASSMENT = "harassment", _("Insults or harassment")
    HATE = "hate", _("Hatred against a group")
    VIOLENCE = "violence", _("Threats or violence")
    SEXUAL = "sexual", _("Sexual content nobody asked for")
    MINORS = "minors", _("A child is in danger")
    SELF_HARM = "self_harm", _("Somebody may hurt themselves")
    SPAM = "spam", _("Advertising or fraud")
    PRIVACY = "privacy", _("Private things of somebody")
    OTHER = "other", _("Something else")


class ReportDecision(models.TextChoices):
    """What staff decided."""

    DISMISS = "dismiss", _("nothing to do")
    WARN = "warn", _("warn the person")
    UNSAY = "unsay", _("remove the message")
    REMOVE = "remove", _("remove the person from the room")
    END_ROOM = "end_room", _("end the room")
    CLOSE_ACCOUNT = "close_account", _("close the account")


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
