"""What Stripe refuses or cannot do, in our words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import stripe
import structlog

from ticketing.errors import (
    BalanceTooLowError,
    PayeeBalanceTooLowError,
    PayeeNotReadyError,
    PayeeUnsupportedError,
    PaymentConflictError,
    PaymentDeclinedError,
    PaymentMissingError,
    PaymentRefusedError,
    PaymentsUnavailableError,
    RefundTooLargeError,
    ReversalTooLargeError,
    TransferTooLargeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)

# The second is of /v2.
MISSING = frozenset({"resource_missing", "not_found"})


class Rule(NamedTuple):
    """Which refusal of which call is which error of ours: by Stripe's code or, where it has none, its sentence."""

    call: str
    error: type[PaymentRefusedError]
    codes: frozenset[str] = frozenset()
    sentences: tuple[str, ...] = ()


# Stripe has a code for a payment that was given back whole, and only a sentence for one of which less is left. So it
# is with transfers.
RULES = (
    Rule(
        "refund.create",
        RefundTooLargeError,
        frozenset({"charge_already_refunded"}),
        ("greater than unrefunded amount",),
    ),
    Rule(
        "transfer.create", PayeeNotReadyError, frozenset({"insufficient_capabilities_for_transfer", "account_closed"})
    ),
    Rule("transfer.create", BalanceTooLowError, frozenset({"balance_insufficient"})),
    Rule("transfer.create", TransferTooLargeError, sentences=("must not exceed the source amount",)),
    Rule(
        "transfer.create",
        PayeeUnsupportedError,
        frozenset({"transfers_not_allowed"}),
        ("must be the same as the transfer currency", "restricted outside of your platform's region"),
    ),
    Rule("reversal.create", PayeeBalanceTooLowError, frozenset({"balance_insufficient"})),
    Rule(
        "reversal.create", ReversalTooLargeError, sentences=("greater than unreversed amount", "already fully reversed")
    ),
    Rule("account.create", PayeeUnsupportedError, frozenset({"country_unsupported", "unsupported_country"})),
)


@contextmanager
def stripe_errors(call: str) -> Iterator[None]:
    """Say Stripe's errors in our words. Its messages stay out of the log: they may quote what was sent."""
    try:
        yield
    except stripe.CardError as error:
        raise _ruled(error, call) or PaymentDeclinedError(_decline_code(error)) from error
    except stripe.IdempotencyError as error:
        log.warning("stripe_conflict", call=call, request=error.request_id)
        raise PaymentConflictError from error
    except (stripe.APIConnectionError, stripe.RateLimitError) as error:
        log.warning("stripe_unavailable", call=call, error=type(error).__name__)
        raise PaymentsUnavailableError from error
    except stripe.APIError as error:
        # 409: another request with the same key is still under way. Any other is Stripe's own trouble.
        log.warning("stripe_unavailable", call=call, status=error.http_status, request=error.request_id)
        raise (PaymentConflictError if error.http_status == 409 else PaymentsUnavailableError) from error
    except stripe.StripeError as error:
        refused = _refused(error, call)
        what = {"code": refused.reason, "param": refused.param, "request": error.request_id}
        log.error("stripe_refused", call=call, **what)  # noqa: TRY400 (a traceback would hold the message)
        raise refused from error


def _refused(error: stripe.StripeError, call: str) -> PaymentRefusedError:
    reason, param = _said(error)
    if reason in MISSING:
        return PaymentMissingError(reason, param)
    return _ruled(error, call) or PaymentRefusedError(reason, param)


def _ruled(error: stripe.StripeError, call: str) -> PaymentRefusedError | None:
    words = error.user_message or ""
    for rule in RULES:
        if call == rule.call and (error.code in rule.codes or any(sentence in words for sentence in rule.sentences)):
            return rule.error(*_said(error))
    return None


def _said(error: stripe.StripeError) -> tuple[str, str]:
    """Return an error's code, or its kind if it has none, and the parameter that it is about."""
    return error.code or type(error).__name__, getattr(error, "param", None) or ""


def _decline_code(error: stripe.CardError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return str(body.get("error", {}).get("decline_code") or error.code or "")
