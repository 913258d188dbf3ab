"""Copies of people's data: asked for, written by a job that holds a lease, fetched, and gone after some days."""

from __future__ import annotations

import json
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone

from accounts.enums import ExportState
from accounts.errors import ExportTooOftenError
from accounts.exports import parts_of
from accounts.models import DataExport
from accounts.selectors.privacy import export_path
from accounts.services.notifying import notify
from config.lib.public_id import new_public_id

if TYPE_CHECKING:
    from accounts.exports import ExportPart
    from accounts.models import User

log = structlog.get_logger(__name__)

LEASE_SECONDS = 300
ATTEMPTS = 3


class LostClaimError(Exception):
    """Somebody else writes this copy now, or it is no longer wanted."""


def request_export(person: User) -> DataExport:
    """Ask for a copy; one that is being made is returned as it is. Raises ExportTooOftenError."""
    waiting = _open_of(person)
    if waiting is not None:
        return waiting
    lately = timezone.now() - timedelta(days=1)
    made = DataExport.objects.filter(person=person, requested_at__gt=lately).count()
    if made >= settings.DATA_EXPORTS_PER_DAY:
        raise ExportTooOftenError
    try:
        with transaction.atomic():
            return DataExport.objects.create(person=person)
    except IntegrityError:
        # A second click was faster.
        return DataExport.objects.filter(person=person).latest("pk")


def write_export(public_id: str) -> None:
    """Write the copy, unless somebody else does; whatever comes of it stands in the row."""
    claim = _claim(public_id)
    if claim is None:
        return
    export = DataExport.objects.select_related("person").get(public_id=public_id)
    target = export_path(f"{public_id}-{claim}.zip")
    try:
        _write(export.person, target, claim)
    except LostClaimError:
        log.warning("export_claim_lost", export=public_id)
        target.unlink(missing_ok=True)
    except Exception:
        log.exception("export_failed", export=public_id)
        target.unlink(missing_ok=True)
        _give_up(claim)
    else:
        _finish(export, claim, target)


def sweep_exports() -> list[str]:
    """Take back the claims of those who died, remove what has expired; return the copies that wait to be written."""
    now = timezone.now()
    for claim in DataExport.objects.filter(claimed_until__lte=now).values_list("claim", flat=True):
        _give_up(claim)
    for export in DataExport.objects.filter(state=ExportState.READY, expires_at__lte=now):
        remove_export(export)
    waiting = DataExport.objects.filter(state=ExportState.WAITING).order_by("requested_at", "pk")
    return list(waiting.values_list("public_id", flat=True))


def remove_export(export: DataExport) -> None:
    """Delete the file, then note that it is gone: interrupted, it is done again."""
    for file in Path(settings.EXPORTS_DIR).glob(f"{export.public_id}-*.zip"):
        file.unlink(missing_ok=True)
    DataExport.objects.filter(pk=export.pk).update(
        state=ExportState.EXPIRED, file="", size=0, ready_at=None, expires_at=None, claim="", claimed_until=None
    )


def _write(person: User, target: Path, claim: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    # What killed jobs left of the same copy.
    for draft in target.parent.glob(f"{target.name.split('-', 1)[0]}-*.zip"):
        draft.unlink(missing_ok=True)
    parts = parts_of(person)
    target.touch(mode=0o600)
    with zipfile.ZipFile(target, "w", compression=zipfile.ZIP_DEFLATED) as archive:
        for number, part in enumerate(parts):
            _add(archive, part)
            _renew(claim, progress=int(100 * (number + 1) / (len(parts) + 1)))


def _add(archive: zipfile.ZipFile, part: ExportPart) -> None:
    if part.file is not None:
        # Sound is compressed already.
        archive.write(part.file, part.path, compress_type=zipfile.ZIP_STORED)
        return
    if part.content is not None:
        archive.writestr(part.path, part.content, compress_type=zipfile.ZIP_STORED)
        return
    text = json.dumps(part.data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    archive.writestr(part.path, text)


def _open_of(person: User) -> DataExport | None:
    states = [ExportState.WAITING, ExportState.WRITING]
    return DataExport.objects.filter(person=person, state__in=states).first()


def _claim(public_id: str) -> str | None:
    claim = new_public_id()
    claimed = DataExport.objects.filter(public_id=public_id, state=ExportState.WAITING).update(
        state=ExportState.WRITING,
        claim=claim,
        claimed_until=timezone.now() + timedelta(seconds=LEASE_SECONDS),
        attempts=F("attempts") + 1,
        progress=0,
    )
    return claim if claimed else None


def _renew(claim: str, *, progress: int) -> None:
    until = timezone.now() + timedelta(seconds=LEASE_SECONDS)
    if not DataExport.objects.filter(claim=claim).update(progress=progress, claimed_until=until):
        raise LostClaimError


def _give_up(claim: str) -> None:
    """End the attempt; after the last one the person may ask anew."""
    held = DataExport.objects.filter(claim=claim)
    free = {"claim": "", "claimed_until": None, "progress": 0}
    if not held.filter(attempts__lt=ATTEMPTS).update(state=ExportState.WAITING, **free):
        held.update(state=ExportState.FAILED, **free)


def _finish(export: DataExport, claim: str, target: Path) -> None:
    now = timezone.now()
    finished = DataExport.objects.filter(claim=claim).update(
        state=ExportState.READY,
        claim="",
        claimed_until=None,
        progress=100,
        file=target.name,
        size=target.stat().st_size,
        ready_at=now,
        expires_at=now + timedelta(days=settings.DATA_EXPORT_DAYS),
    )
    if not finished:
        target.unlink(missing_ok=True)
        return
    # Earlier copies are out of date.
    for other in DataExport.objects.filter(person=export.person, state=ExportState.READY).exclude(pk=export.pk):
        remove_export(other)
    notify(
        [export.person_id],
        kind="security",
        key=f"export.{export.public_id}",
        data={"event": "export_ready"},
        link=reverse("accounts:data"),
    )
