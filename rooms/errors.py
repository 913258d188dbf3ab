"""What a room may refuse, and how it says so. Codes are part of docs/protocol.md."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError

if TYPE_CHECKING:
    from rooms.entry_rules import Decision


class RoomEndedError(DomainError):
    code = "room_ended"
    http_status = 409
    message = _("This room has ended.")


class RoomNotLiveError(DomainError):
    code = "room_not_live"
    http_status = 409
    message = _("This room has not begun yet. Wait until its host starts it.")


class RoomBegunError(DomainError):
    code = "room_begun"
    http_status = 409
    message = _("This room has begun already. End it instead.")


class TooManyPlannedError(DomainError):
    code = "too_many_planned"
    http_status = 409
    message = _("You have planned as many rooms as one may. Hold or cancel one of them first.")


class StageFullError(DomainError):
    code = "stage_full"
    http_status = 409
    message = _("The stage is full. Move somebody to the audience first.")


class CohostsFullError(DomainError):
    code = "cohosts_full"
    http_status = 409
    message = _("There are as many co-hosts as a room may have. Change one back to speaker first.")


class NotRaisedError(DomainError):
    code = "not_raised"
    http_status = 409
    message = _("That hand is no longer up.")


class NotInvitedError(DomainError):
    code = "not_invited"
    http_status = 409
    message = _("That invitation is no longer there.")


class NotOnStageError(DomainError):
    code = "not_on_stage"
    http_status = 409
    message = _("That person is no longer on the stage.")


class AlreadyOnStageError(DomainError):
    code = "already_on_stage"
    http_status = 409
    message = _("That person is on the stage already.")


class TooManyRoomsError(DomainError):
    code = "too_many_rooms"
    http_status = 409
    message = _("You already host a room that is open. End it before you start another.")


class StageLockedError(DomainError):
    code = "stage_locked"
    http_status = 409
    message = _("The stage is locked: nobody comes up until a host unlocks it.")


class HandsLockedError(DomainError):
    code = "hands_locked"
    http_status = 409
    message = _("No more hands can go up just now. Try again when a host opens the queue.")


class OnlyFollowedError(DomainError):
    code = "only_followed"
    http_status = 403
    message = _("Only people whom the host follows may raise a hand here. You may still be invited on stage.")


class OnlyInvitedError(DomainError):
    code = "only_invited"
    http_status = 403
    message = _("Here only people whom a host invites come on stage. You may still be invited.")


class NothingToRestoreError(DomainError):
    code = "nothing_to_restore"
    http_status = 409
    message = _("Those hands cannot be brought back any more. Everybody can raise theirs again.")


class NotOfferedError(DomainError):
    code = "not_offered"
    http_status = 409
    message = _("This room is no longer offered to you. Ask the host to offer it again.")


class ConsentNeededError(DomainError):
    code = "consent_needed"
    http_status = 409
    message = _("This room is recorded. Agree to that before you switch your microphone on.")


class EntryRefusedError(DomainError):
    """The room's rule does not let somebody in; `decision` says what would."""

    code = "entry_refused"
    http_status = 403
    message = _("This room is not open to you. Its page says who may enter.")

    def __init__(self, decision: Decision) -> None:
        super().__init__()
        self.decision = decision
        self.members = {"rule": decision.rule.value, "needs": [need.value for need in decision.missing]}


class CannotEnterError(DomainError):
    """Somebody is asked into a room that would not let them in."""

    code = "cannot_enter"
    http_status = 409
    message = _("That person may not enter this room.")


class CannotSpeakError(DomainError):
    """A host would bring somebody up whom staff do not let speak. Why, only they themselves read."""

    code = "cannot_speak"
    http_status = 409
    message = _("That person cannot come on stage just now.")


class TooManyPingsError(DomainError):
    code = "too_many_pings"
    http_status = 429
    message = _("You have invited many people just now. Try again in an hour.")


class TooManyReportsError(DomainError):
    code = "too_many_reports"
    http_status = 429
    message = _("You have told us of a lot just now. Try again in an hour.")


class VersionConflictError(DomainError):
    """Somebody would change a room as it is no more; `version` is what it has now."""

    code = "version_conflict"
    http_status = 412
    message = _("This room has changed since you read it. Read it again, then send your change.")

    def __init__(self, version: str) -> None:
        super().__init__()
        self.members = {"version": version}


class DecidedError(DomainError):
    code = "already_decided"
    http_status = 409
    message = _("That report was decided already.")


class BadMessageError(DomainError):
    code = "bad_message"
    http_status = 422
    message = _("A message has 1 to 500 characters.")


class ChatClosedError(DomainError):
    code = "chat_closed"
    http_status = 409
    message = _("The hosts have closed the chat. You can still read it.")


class ChatSlowError(DomainError):
    code = "chat_slow"
    http_status = 429
    message = _("This chat is slow: wait a moment before your next message.")


class ChatBusyError(DomainError):
    code = "chat_busy"
    http_status = 429
    message = _("Many people are writing just now. Send it again in a moment.")


class WordsRefusedError(DomainError):
    code = "words_refused"
    http_status = 422
    message = _("The host of this room does not want to read one of these words. Say it differently.")


class BadLinkError(DomainError):
    code = "bad_link"
    http_status = 422
    message = _("That is not the address of a web page. Copy it whole, with https:// at its beginning.")


class BadNoteError(DomainError):
    code = "bad_note"
    http_status = 422
    message = _("A note has 1 to 500 characters.")


class BoardFullError(DomainError):
    code = "board_full"
    http_status = 409
    message = _("The board is full. Take something down first.")


class BadFrameError(DomainError):
    code = "bad_frame"
    message = _("That message could not be read.")


class UnknownTypeError(DomainError):
    code = "unknown_type"
    message = _("This room does not know that command. Reload the page.")


class TooLargeError(DomainError):
    code = "too_large"
    http_status = 413
    message = _("That message is too large.")


class TooFastError(DomainError):
    code = "too_fast"
    http_status = 429
    message = _("That was too fast. Wait a moment and try again.")


class HelloFirstError(DomainError):
    code = "hello_first"
    message = _("The connection must begin with a greeting. Reload the page.")
