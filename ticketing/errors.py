"""What paying may refuse, and how it says so. Codes are part of docs/protocol.md."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from config.lib.errors import DomainError


class PaymentsOffError(DomainError):
    code = "payments_off"
    http_status = 503
    message = _("This site does not take payments yet. Whoever runs it can switch them on.")


class PaymentsUnavailableError(DomainError):
    """Stripe did not answer, or not in time. The same call with the same key may be made again."""

    code = "payments_unavailable"
    http_status = 503
    message = _("The payment service does not answer just now. Nothing was charged; try again in a moment.")


class PaymentDeclinedError(DomainError):
    """A card was refused; `reason` is Stripe's decline code, for us and not for the page."""

    code = "payment_declined"
    http_status = 402
    message = _("The card was declined. Try another one, or ask your bank.")

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason


class PaymentRefusedError(DomainError):
    """Stripe found our request wrong: a mistake of ours, or a setting's. `reason` is its code, `param` its place."""

    code = "payment_refused"
    http_status = 502
    message = _("The payment service could not do that. Nothing was charged; we have noted it and will look into it.")

    def __init__(self, reason: str = "", param: str = "") -> None:
        super().__init__()
        self.reason = reason
        self.param = param


class PaymentMissingError(PaymentRefusedError):
    code = "payment_missing"
    http_status = 404
    message = _("The payment service knows nothing of that payment.")


class RefundTooLargeError(PaymentRefusedError):
    code = "refund_too_large"
    http_status = 409
    message = _("More than is left of this payment cannot be given back. Look at what was refunded already.")


class PayeeNotReadyError(PaymentRefusedError):
    """The account may not receive transfers: Stripe wants to know something, or has refused it."""

    code = "payee_not_ready"
    http_status = 409
    message = _("Stripe does not let this account be paid just now. Its owner finds there what is missing.")


class PayeeUnsupportedError(PaymentRefusedError):
    """Stripe sends nothing to that country, or not in that currency."""

    code = "payee_unsupported"
    http_status = 409
    message = _("Stripe sends no money of this currency to that country. Ask whoever runs this site what can be done.")


class PayeeBalanceTooLowError(PaymentRefusedError):
    """A transfer cannot be taken back: what it brought has left the account already."""

    code = "payee_balance_too_low"
    http_status = 409
    message = _("The account has not enough left of this money to give it back. It will be taken from what comes next.")


class BalanceTooLowError(PaymentRefusedError):
    """Our own balance does not cover a transfer. Later it may."""

    code = "balance_too_low"
    http_status = 409
    message = _("There is too little money at Stripe for this yet. It can be tried again as soon as more has arrived.")


class TransferTooLargeError(PaymentRefusedError):
    code = "transfer_too_large"
    http_status = 409
    message = _("More than was paid cannot be passed on. Look at what has gone to the creator already.")


class ReversalTooLargeError(PaymentRefusedError):
    code = "reversal_too_large"
    http_status = 409
    message = _("More than is left of this transfer cannot be taken back. Look at what has come back already.")


class PaymentConflictError(DomainError):
    """One idempotency key came with two different requests, or twice at the same time."""

    code = "payment_conflict"
    http_status = 409
    message = _("This was asked twice at the same time. Look at what has become of it before you try again.")


class WebhookSignatureError(DomainError):
    code = "webhook_signature"
    http_status = 400
    message = _("This event is not signed with our secret, or it is too old.")


class WebhookModeError(DomainError):
    code = "webhook_mode"
    http_status = 400
    message = _("This event is of test payments and the key of real ones, or the other way round.")


class WebhookTooLargeError(DomainError):
    code = "webhook_too_large"
    http_status = 413
    message = _("This event is larger than one may be.")


class TestPaymentError(DomainError):
    """The stand-in's own page was asked for what it cannot do."""

    # Not a test, whatever pytest makes of its name.
    __test__ = False

    code = "test_payment"
    http_status = 409
    message = _("This payment is no longer open. Go back to where you came from and begin again.")


# --- faults of a program, not of a person: they name no code for clients ----------------------------------------------


class LedgerError(Exception):
    """The ledger would not be right; nothing was written."""


class EntryMismatchError(LedgerError):
    """A key was posted before with other content: two things share a key, or a posting changed between two tries."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} was posted before, with other content.")


class OutsideTransactionError(LedgerError):
    """Money is written down together with what it is about, or not at all."""

    def __init__(self) -> None:
        super().__init__("Post within transaction.atomic(), with the change that the entries are about.")


class LedgerBusyError(LedgerError):
    """Somebody was writing entries for longer than one may wait."""
