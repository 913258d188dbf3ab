"""Reads about what people asked for with their data."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone

from accounts.enums import ConsentKind, ExportState
from accounts.models import AccountDeletion, Consent, DataExport
from config.lib.errors import NotFoundError
from config.lib.public_id import is_public_id

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.models import User


LATELY_MINUTES = 10


def export_path(file: str) -> Path:
    """Return where a copy is kept."""
    return Path(settings.EXPORTS_DIR) / file


def latest_export_for(person: User) -> DataExport | None:
    """Return the copy that was asked for last, unless it has expired."""
    latest = DataExport.objects.filter(person=person).order_by("-pk").first()
    return None if latest is None or latest.state == ExportState.EXPIRED else latest


def export_file_for(person: User, public_id: str) -> Path:
    """Return the file of one's own copy while it may be fetched; raises NotFoundError."""
    found = DataExport.objects.filter(
        person=person, public_id=public_id, state=ExportState.READY, expires_at__gt=timezone.now()
    )
    export = found.first() if is_public_id(public_id) else None
    path = export_path(export.file) if export else None
    if path is None or not path.is_file():
        raise NotFoundError
    return path


def deletion_of(person: User) -> AccountDeletion | None:
    """Return that the person closed their account, if they did."""
    return AccountDeletion.objects.filter(person=person).first()


def lately_closed() -> list[User]:
    """Return who closed their account in the last minutes."""
    lately = timezone.now() - timedelta(minutes=LATELY_MINUTES)
    deletions = AccountDeletion.objects.filter(requested_at__gt=lately, started_at=None).select_related("person")
    return [deletion.person for deletion in deletions.order_by("pk")]


def due_deletions() -> list[int]:
    """Return whose time to come back is over and who is not wholly gone: keys of AccountDeletion."""
    due = AccountDeletion.objects.filter(due_at__lte=timezone.now(), finished_at=None)
    return list(due.order_by("due_at", "pk").values_list("pk", flat=True))


def agrees_to(person: User, kind: ConsentKind, words: str) -> bool:
    """Say whether the person has agreed to these words, and still does."""
    return Consent.objects.filter(person=person, kind=kind, words=words, withdrawn_at=None).exists()


def consents_of(person: User) -> QuerySet[Consent]:
    """Return what the person agreed to, the latest first."""
    return Consent.objects.filter(person=person).order_by("-pk")
