"""What Stripe refuses or cannot do, in our words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import stripe
import structlog

from ticketing.errors import (
    PaymentConflictError,
    PaymentDeclinedError,
    PaymentMissingError,
    PaymentRefusedError,
    PaymentsUnavailableError,
    RefundTooLargeError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

log = structlog.get_logger(__name__)


@contextmanager
def stripe_errors(call: str) -> Iterator[None]:
    """Say Stripe's errors in our words. Its messages stay out of the log: they may quote what was sent."""
    try:
        yield
    except stripe.CardError as error:
        raise PaymentDeclinedError(_decline_code(error)) from error
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
    reason, param = error.code or type(error).__name__, getattr(error, "param", None) or ""
    if reason == "resource_missing":
        return PaymentMissingError(reason, param)
    # Stripe has a code for a payment that was given back whole, and only a sentence for one of which less is left.
    too_large = reason == "charge_already_refunded" or "greater than unrefunded amount" in (error.user_message or "")
    if call == "refund.create" and too_large:
        return RefundTooLargeError(reason, param)
    return PaymentRefusedError(reason, param)


def _decline_code(error: stripe.CardError) -> str:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    return str(body.get("error", {}).get("decline_code") or error.code or "")
