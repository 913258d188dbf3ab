"""The devices that somebody wants to be told on: subscribing one, forgetting one."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import ec
from django.db import transaction

from accounts.errors import BadSubscriptionError
from accounts.models import PushSubscription, User
from accounts.models.push import AUTH_LENGTH, ENDPOINT_MAX_LENGTH, P256DH_LENGTH
from accounts.notices.push_endpoints import BadEndpointError, check_endpoint
from config.lib.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable

# Of more, the oldest is forgotten: browsers that were set up anew leave theirs behind.
DEVICES_PER_PERSON = 10
# What a browser knows of its own subscription, so that logging out there can end it.
DEVICE_COOKIE = "device"


@transaction.atomic
def subscribe_device(user: User, *, endpoint: str, p256dh: str, auth: str) -> PushSubscription:
    """Let this browser be told; one that another person used before is theirs no more.

    Raises BadSubscriptionError for what no browser sends, and for an address that is not a push service's.
    """
    _check(endpoint, p256dh, auth)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found, _ = PushSubscription.objects.update_or_create(
        endpoint=endpoint, defaults={"user": user, "p256dh": p256dh, "auth": auth}
    )
    mine = PushSubscription.objects.filter(user=user).exclude(pk=found.pk).order_by("-pk")
    PushSubscription.objects.filter(pk__in=list(mine.values_list("pk", flat=True)[DEVICES_PER_PERSON - 1 :])).delete()
    return found


@transaction.atomic
def renew_device(user: User, *, public_id: str, endpoint: str, p256dh: str, auth: str) -> None:
    """Write to this browser where its push service wants it from now on; it keeps what is still to be told.

    Raises BadSubscriptionError, NotFoundError for a browser that is not the person's, or no longer.
    """
    _check(endpoint, p256dh, auth)
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    found = PushSubscription.objects.filter(user=user, public_id=public_id).first()
    if found is None:
        raise NotFoundError
    PushSubscription.objects.filter(endpoint=endpoint).exclude(pk=found.pk).delete()
    found.endpoint, found.p256dh, found.auth = endpoint, p256dh, auth
    found.save(update_fields=["endpoint", "p256dh", "auth"])


def forget_device(user: User, *, endpoint: str) -> None:
    """Tell this browser nothing more. One that is not known is fine."""
    PushSubscription.objects.filter(user=user, endpoint=endpoint).delete()


def forget_device_by_id(user: User, *, public_id: str) -> None:
    """Do the same for the browser that somebody logs out in."""
    PushSubscription.objects.filter(user=user, public_id=public_id).delete()


def forget_devices(pks: Iterable[int]) -> None:
    """Forget those that their push services know no more."""
    PushSubscription.objects.filter(pk__in=list(pks)).delete()


def _check(endpoint: str, p256dh: str, auth: str) -> None:
    if len(endpoint) > ENDPOINT_MAX_LENGTH or len(p256dh) != P256DH_LENGTH or len(auth) != AUTH_LENGTH:
        raise BadSubscriptionError
    try:
        check_endpoint(endpoint)
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh))
        _bytes(auth)
    except (BadEndpointError, binascii.Error, ValueError) as error:
        raise BadSubscriptionError from error


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
