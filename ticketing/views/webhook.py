"""Where Stripe tells what happened (https://docs.stripe.com/webhooks)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse
from django.http.request import RawPostDataException
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from config.lib.errors import NotFoundError
from ticketing.errors import WebhookSignatureError, WebhookTooLargeError
from ticketing.services.stripe_events import take_in
from ticketing.stripe_gateway import payments_are_on
from ticketing.tasks import handle_event

if TYPE_CHECKING:
    from django.http import HttpRequest

# A job that came too late is one that the clock's look has done.
JOB_SECONDS = 60
# Python reads no number of thousands of digits.
LENGTH_DIGITS = 18


@csrf_exempt
@require_POST
def webhook(request: HttpRequest) -> HttpResponse:
    """Store an event and say so at once; what it means is found out by a job."""
    if not payments_are_on():
        raise NotFoundError
    take_in(_body(request), request.headers.get("Stripe-Signature", ""), tell=_start_job)
    return HttpResponse(status=200, content_type="text/plain")


def _body(request: HttpRequest) -> bytes:
    """Return the raw body, which is what was signed; an announced length is believed before anything is read."""
    length = request.headers.get("Content-Length", "")
    if length.isdecimal() and (len(length) > LENGTH_DIGITS or int(length) > settings.STRIPE_WEBHOOK_BYTES):
        raise WebhookTooLargeError
    try:
        body = request.body
    except RequestDataTooBig as error:
        raise WebhookTooLargeError from error
    except RawPostDataException as error:
        # Somebody's form, read as such on its way here. Stripe sends JSON.
        raise WebhookSignatureError from error
    if len(body) > settings.STRIPE_WEBHOOK_BYTES:
        raise WebhookTooLargeError
    return body


def _start_job(event: str) -> None:
    handle_event.apply_async((event,), expires=JOB_SECONDS)
