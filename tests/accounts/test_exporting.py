"""A copy of one's data: asked for, written whatever dies meanwhile, fetched by its owner only, gone after some days."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from threading import Barrier, Thread
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from accounts import tasks
from accounts.enums import ExportState
from accounts.errors import ExportTooOftenError
from accounts.exports import ExportPart
from accounts.models import DataExport, User
from accounts.services import exporting
from accounts.services.consents import give_consent, withdraw_consent
from accounts.services.exporting import request_export, sweep_exports, write_export
from accounts.services.picture import change_picture
from tests.accounts.test_login import log_in, show_password
from tests.factories.people import PASSWORD

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.EXPORTS_DIR = tmp_path / "exports"
    return tmp_path / "exports"


def broken(person: User) -> Iterator[ExportPart]:
    """What DATA_EXPORTERS names in a test."""
    yield ExportPart("half.json", {"handle": person.handle})
    raise OSError


def written(person: User) -> DataExport:
    """Return the person's copy after the job has run."""
    export = request_export(person)
    write_export(export.public_id)
    export.refresh_from_db()
    return export


def files_of(export: DataExport, folder: Path) -> dict[str, Any]:
    with zipfile.ZipFile(folder / export.file) as archive:
        assert archive.testzip() is None
        return {
            name: json.loads(archive.read(name)) if name.endswith(".json") else archive.read(name)
            for name in archive.namelist()
        }


def test_copy_has_what_every_app_keeps(ines: User, folder: Path) -> None:
    give_consent(ines, kind="letters", words="1")
    withdraw_consent(ines, kind="letters")
    export = written(ines)

    files = files_of(export, folder)

    assert sorted(files) == [
        "account.json",
        "fund.json",
        "listening_decisions.json",
        "notifications.json",
        "payee.json",
        "people.json",
        "rooms.json",
        "sound.json",
        "tickets.json",
        "tips.json",
    ]
    account = files["account.json"]
    assert (account["handle"], account["name"], account["email"]) == ("ines", "Inès Moreau", "ines@example.org")
    assert [(consent["kind"], bool(consent["withdrawn_at"])) for consent in account["consents"]] == [("letters", True)]
    assert "password" not in str(files)
    assert (export.state, export.progress, export.size) == ("ready", 100, (folder / export.file).stat().st_size)
    assert export.expires_at is not None
    assert export.ready_at is not None
    assert export.expires_at - export.ready_at == timedelta(days=7)


def test_copy_has_the_picture(ines: User, folder: Path, settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "uploads"
    sent = io.BytesIO()
    Image.new("RGB", (600, 600), "teal").save(sent, "PNG")
    change_picture(ines, sent=io.BytesIO(sent.getvalue()))
    ines.refresh_from_db()
    picture = files_of(written(ines), folder)["picture.webp"]
    with Image.open(io.BytesIO(picture)) as shown:
        assert (shown.format, shown.size) == ("WEBP", (512, 512))


def test_second_request_waits_for_the_first(ines: User) -> None:
    assert request_export(ines) == request_export(ines)


@pytest.mark.parametrize("per_day", [1, 3])
def test_copies_are_counted_by_day(ines: User, settings: Settings, per_day: int) -> None:
    settings.DATA_EXPORTS_PER_DAY = per_day
    for _ in range(per_day):
        written(ines)
    with pytest.raises(ExportTooOftenError):
        request_export(ines)
    DataExport.objects.update(requested_at=timezone.now() - timedelta(days=1))
    assert request_export(ines).state == ExportState.WAITING


def test_new_copy_takes_the_place_of_the_old_one(ines: User, folder: Path) -> None:
    first, second = written(ines), written(ines)
    first.refresh_from_db()
    assert (first.state, second.state) == ("expired", "ready")
    assert [path.name for path in folder.iterdir()] == [second.file]


def test_copy_that_fails_is_tried_again_then_given_up(ines: User, settings: Settings, folder: Path) -> None:
    settings.DATA_EXPORTERS = [f"{broken.__module__}.{broken.__qualname__}"]
    export = request_export(ines)
    states = []
    for _ in range(exporting.ATTEMPTS):
        write_export(export.public_id)
        export.refresh_from_db()
        states.append(export.state)
    assert states == ["waiting", "waiting", "failed"]
    assert list(folder.glob("*")) == []


def test_copy_of_a_job_that_died_is_written_by_another(ines: User, folder: Path) -> None:
    export = request_export(ines)
    dead = exporting._claim(export.public_id)
    left = folder / f"{export.public_id}-{dead}.zip"
    folder.mkdir()
    left.write_bytes(b"half")
    assert sweep_exports() == []
    DataExport.objects.update(claimed_until=timezone.now() - timedelta(seconds=1))

    assert sweep_exports() == [export.public_id]
    write_export(export.public_id)

    export.refresh_from_db()
    assert (export.state, export.attempts) == ("ready", 2)
    assert [path.name for path in folder.iterdir()] == [export.file]


def test_slow_job_that_lost_its_claim_leaves_nothing(ines: User, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export = request_export(ines)

    def overtaken(person: User) -> list[ExportPart]:
        DataExport.objects.update(state=ExportState.WAITING, claim="", claimed_until=None)
        return [ExportPart("account.json", person.handle)]

    monkeypatch.setattr(exporting, "parts_of", overtaken)
    write_export(export.public_id)

    export.refresh_from_db()
    assert export.state == ExportState.WAITING
    assert list(folder.glob("*")) == []


def test_sweep_removes_what_has_expired(ines: User, folder: Path) -> None:
    export = written(ines)
    ready_at = timezone.now() - timedelta(days=8)
    DataExport.objects.update(ready_at=ready_at, expires_at=ready_at + timedelta(days=7))
    tasks.sweep_privacy()
    export.refresh_from_db()
    assert (export.state, export.file) == ("expired", "")
    assert list(folder.glob("*")) == []


@pytest.mark.parametrize("wrong", [{"state": "odd"}, {"progress": 101}, {"file": "x.zip"}, {"claim": "x"}])
def test_database_keeps_copies_in_order(ines: User, wrong: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        DataExport.objects.create(person=ines, **wrong)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_clicks_at_once_ask_for_one_copy(ines: User) -> None:
    """The control is the constraint's name in `test_database_has_one_open_copy_for_each_person`."""
    together = Barrier(4)
    got: list[str] = []

    def click() -> None:
        try:
            together.wait()
            got.append(request_export(ines).public_id)
        finally:
            connection.close()

    clicks = [Thread(target=click) for _ in range(4)]
    for one in clicks:
        one.start()
    for one in clicks:
        one.join()
    assert (len(got), len(set(got)), DataExport.objects.count()) == (4, 1, 1)


def test_database_has_one_open_copy_for_each_person(ines: User) -> None:
    DataExport.objects.create(person=ines)
    with pytest.raises(IntegrityError, match="accounts_export_one_open"), transaction.atomic():
        DataExport.objects.create(person=ines)


def test_owner_fetches_the_copy_others_do_not(ines: User, oliver: User, browser: Client, make_browser: Any) -> None:
    log_in(browser, "ines", PASSWORD)
    show_password(browser, PASSWORD)
    assert browser.post(reverse("accounts:ask-for-export"))["Location"] == reverse("accounts:data")
    export = DataExport.objects.get()
    assert 'hx-trigger="every 2s"' in browser.get(reverse("accounts:data")).content.decode()
    write_export(export.public_id)
    page = browser.get(reverse("accounts:data"))
    address = reverse("accounts:export", args=[export.public_id])
    assert address in page.content.decode()

    answer = browser.get(address)

    assert (answer["Content-Type"], answer["Content-Disposition"]) == (
        "application/zip",
        'attachment; filename="causerie.zip"',
    )
    assert "no-store" in answer["Cache-Control"]
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as archive:  # type: ignore[attr-defined]
        assert "account.json" in archive.namelist()
    other = make_browser()
    log_in(other, "oliver", PASSWORD)
    show_password(other, PASSWORD)
    assert other.get(address).status_code == 404
    DataExport.objects.update(ready_at=timezone.now() - timedelta(days=2), expires_at=timezone.now())
    assert browser.get(address).status_code == 404


def test_copy_is_given_to_whoever_has_just_shown_the_password(ines: User, browser: Client) -> None:
    browser.force_login(ines)
    answer = browser.post(reverse("accounts:ask-for-export"))
    assert answer["Location"].startswith(reverse("account_reauthenticate"))
    assert DataExport.objects.count() == 0
