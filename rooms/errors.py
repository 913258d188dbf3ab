"""What a room may refuse, and how it says so. Codes are part of docs/protocol.md."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError


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
