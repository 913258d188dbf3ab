"""What people agree to, and take back."""

from __future__ import annotations

from django.utils import timezone

from accounts.models import Consent, User


def give_consent(person: User, *, kind: str, words: str) -> Consent:
    """Keep that somebody agreed; to the same words once."""
    consent, _new = Consent.objects.get_or_create(person=person, kind=kind, words=words, withdrawn_at=None)
    return consent


def withdraw_consent(person: User, *, kind: str) -> bool:
    """Keep that they no longer do; return whether they had."""
    held = Consent.objects.filter(person=person, kind=kind, withdrawn_at=None)
    return held.update(withdrawn_at=timezone.now()) > 0
