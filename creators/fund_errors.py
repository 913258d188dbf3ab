"""What the fund may refuse, and how it says so."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError, ForbiddenError, InvalidError


class BadProgrammeError(InvalidError):
    """Terms that a programme cannot have; the text says which, and why."""

    code = "bad_programme"
    message = _("A programme cannot have these terms.")


class ProgrammeStateError(DomainError):
    """The programme is not in the state in which that is done."""

    code = "programme_state"
    http_status = 409
    message = _("The programme has moved on, and that is not possible any more. Look at it again.")


class MinutesUnknownError(DomainError):
    code = "minutes_unknown"
    http_status = 409
    message = _("This site does not count verified minutes yet, and the formula needs them. Choose another formula.")


class NotEligibleForProgrammeError(ForbiddenError):
    code = "not_eligible_for_programme"
    message = _("You cannot apply to this programme yet. The page says what is missing.")


class ApplicationStateError(DomainError):
    """There is an application already, or it has been decided meanwhile."""

    code = "application_state"
    http_status = 409
    message = _("This application has moved on meanwhile. Look at it again.")


class WordsMissingError(InvalidError):
    code = "words_missing"
    message = _("Write a few words: the other side has nothing else to go by.")


class PeriodStateError(DomainError):
    """The period is not in the state in which that is done."""

    code = "period_state"
    http_status = 409
    message = _("The period is at another step by now. Look at it again.")


class PeriodNotOverError(DomainError):
    code = "period_not_over"
    http_status = 409
    message = _("The period still runs, or its last minutes are still being counted. Freeze it afterwards.")


class BudgetSpentError(DomainError):
    code = "budget_spent"
    http_status = 409
    message = _("All that the programme had is promised to other periods already.")


class AllocationChangedError(DomainError):
    code = "allocation_changed"
    http_status = 409
    message = _("What you looked at is no longer the latest dry run. Look at this one, and decide anew.")


class AllocationMismatchError(DomainError):
    """What is stored is not what follows from the snapshot: nothing is paid by it."""

    code = "allocation_mismatch"
    http_status = 500
    message = _("The stored allocation is not the one that follows from its snapshot. Nothing was done.")


class AppealsOpenError(DomainError):
    code = "appeals_open"
    http_status = 409
    message = _("The time to appeal is not over, or an appeal waits for its answer.")


class AppealClosedError(DomainError):
    code = "appeal_closed"
    http_status = 409
    message = _("This share cannot be appealed against any more.")


class NothingChangedError(DomainError):
    code = "nothing_changed"
    http_status = 409
    message = _("Reckoned again, everybody gets the same. First put right what this is about, then do it again.")
