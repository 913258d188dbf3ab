"""The keys with which we show push services who we are (RFC 8292)."""

from __future__ import annotations

import base64
import functools
from email.utils import parseaddr

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from py_vapid import Vapid02


def can_push() -> bool:
    """Say whether this installation has a key."""
    return bool(settings.VAPID_PRIVATE_KEY)


def public_key(private_key: str | None = None) -> str:
    """Return what a browser is given when it subscribes: the point of 65 bytes in base64url."""
    return _public_key(settings.VAPID_PRIVATE_KEY if private_key is None else private_key)


def new_private_key() -> str:
    """Return a fresh key as settings take it."""
    number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
    return _base64url(number.to_bytes(32, "big"))


def vapid_headers(endpoint_origin: str, expires: int) -> dict[str, str]:
    """Return the headers that say who sends; `expires` is at most a day ahead (RFC 8292 section 2)."""
    signer = Vapid02.from_raw(settings.VAPID_PRIVATE_KEY.encode())
    signed: dict[str, str] = signer.sign({"aud": endpoint_origin, "exp": expires, "sub": contact()})
    return signed


def contact() -> str:
    """Return whom a push service may write to."""
    return settings.PUSH_CONTACT or f"mailto:{parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}"


@functools.lru_cache(maxsize=4)
def _public_key(private_key: str) -> str:
    try:
        number = int.from_bytes(base64.urlsafe_b64decode(private_key + "=" * (-len(private_key) % 4)), "big")
        key = ec.derive_private_key(number, ec.SECP256R1())
    except ValueError as error:
        msg = "VAPID_PRIVATE_KEY is no key: `manage.py make_push_keys` makes one."
        raise ImproperlyConfigured(msg) from error
    return _base64url(key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
