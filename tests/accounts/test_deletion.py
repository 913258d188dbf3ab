"""Closing an account: gone for others at once, back within some days, and after them nothing is left of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import tasks
from accounts.errors import DeletionBegunError
from accounts.models import AccountDeletion, User
from accounts.selectors.privacy import due_deletions
from accounts.services.deletion import close_account, erase, reopen_account
from tests.accounts.test_login import log_in, show_password
from tests.factories.people import PASSWORD, person

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client
    from pytest_django.fixtures import Settings

pytestmark = pytest.mark.django_db
calls: list[str] = []


def eraser(somebody: User) -> None:
    """What DATA_ERASERS names in tests; fails as often as it is told to."""
    calls.append(somebody.handle)
    if len(calls) == 1:
        raise OSError


def closed(somebody: User) -> None:
    """What ACCOUNT_CLOSED_HANDLERS names in tests."""
    calls.append(somebody.handle)


def due(somebody: User) -> AccountDeletion:
    """Close the account, so long ago that the time to come back is over."""
    deletion = close_account(somebody)
    ago = timezone.now() - timedelta(days=15)
    AccountDeletion.objects.filter(pk=deletion.pk).update(requested_at=ago, due_at=ago + timedelta(days=14))
    deletion.refresh_from_db()
    return deletion


def test_closed_account_is_nowhere_and_its_owner_is_logged_out(
    ines: User, browser: Client, make_browser: Callable[[], Client]
) -> None:
    other = make_browser()
    for one in (browser, other):
        log_in(one, "ines", PASSWORD)
    assert browser.get(reverse("accounts:close"))["Location"].startswith(reverse("account_reauthenticate"))
    show_password(browser, PASSWORD)
    assert browser.get(reverse("accounts:close")).status_code == 200

    answer = browser.post(reverse("accounts:close"), follow=True)

    assert "Votre compte est fermé" in answer.content.decode()
    for one in (browser, other):
        assert one.get(reverse("accounts:settings")).status_code == 302
    assert other.get("/@ines/").status_code == 404
    deletion = AccountDeletion.objects.get(person=ines)
    assert deletion.due_at - deletion.requested_at == timedelta(days=14)


def test_whoever_logs_in_again_may_come_back(ines: User, browser: Client) -> None:
    close_account(ines)
    answer = log_in(browser, "ines", PASSWORD)
    assert answer["Location"] == reverse("accounts:return")
    assert browser.get(reverse("accounts:return")).status_code == 200

    assert browser.post(reverse("accounts:return"))["Location"] == reverse("account_login")

    ines.refresh_from_db()
    assert (ines.is_active, AccountDeletion.objects.count()) == (True, 0)
    assert log_in(browser, "ines", PASSWORD)["Location"] == reverse("rooms:hallway")


def test_way_back_is_open_for_minutes_to_whoever_had_the_password(ines: User, browser: Client) -> None:
    close_account(ines)
    assert browser.get(reverse("accounts:return"))["Location"] == reverse("account_login")
    log_in(browser, "ines", "wrong")
    assert browser.get(reverse("accounts:return"))["Location"] == reverse("account_login")
    log_in(browser, "ines", PASSWORD)
    session = browser.session
    session["returning"] = [ines.pk, session["returning"][1] - 601]
    session.save()
    assert browser.post(reverse("accounts:return"))["Location"] == reverse("account_login")
    ines.refresh_from_db()
    assert ines.is_active is False


def test_account_that_staff_have_closed_stays_closed(ines: User, browser: Client) -> None:
    User.objects.filter(pk=ines.pk).update(is_active=False)
    assert log_in(browser, "ines", PASSWORD)["Location"] == reverse("account_inactive")
    reopen_account(ines)
    ines.refresh_from_db()
    assert ines.is_active is False


def test_closing_twice_keeps_the_first_date(ines: User) -> None:
    assert close_account(ines) == close_account(ines)


@pytest.mark.parametrize(("left", "back"), [(timedelta(minutes=1), True), (timedelta(0), False)])
def test_one_comes_back_until_the_day_is_there(ines: User, left: timedelta, back: bool) -> None:
    close_account(ines)
    AccountDeletion.objects.update(due_at=timezone.now() + left, requested_at=timezone.now() - timedelta(days=14))
    if not back:
        with pytest.raises(DeletionBegunError):
            reopen_account(ines)
    else:
        reopen_account(ines)
    ines.refresh_from_db()
    assert ines.is_active is back


def test_sweep_erases_who_is_due_and_nobody_else(ines: User, oliver: User, monkeypatch: pytest.MonkeyPatch) -> None:
    deletion = due(ines)
    close_account(oliver)
    assert due_deletions() == [deletion.pk]
    erase(AccountDeletion.objects.get(person=oliver).pk)
    oliver.refresh_from_db()
    assert oliver.erased_at is None
    sent: list[tuple[int, ...]] = []
    monkeypatch.setattr(tasks.erase_account, "apply_async", lambda args, **_: sent.append(args))
    tasks.sweep_privacy()
    assert sent == [(deletion.pk,)]


def test_sweep_tells_once_more_who_closed_lately(ines: User, oliver: User, settings: Settings) -> None:
    for somebody in (ines, oliver):
        close_account(somebody)
    AccountDeletion.objects.filter(person=oliver).update(requested_at=timezone.now() - timedelta(minutes=11))
    settings.ACCOUNT_CLOSED_HANDLERS = [f"{closed.__module__}.{closed.__qualname__}"]
    calls.clear()
    tasks.sweep_privacy()
    assert calls == ["ines"]


def test_erased_account_is_nobody_and_its_handle_is_free(ines: User) -> None:
    deletion = due(ines)
    erase(deletion.pk)
    ines.refresh_from_db()
    deletion.refresh_from_db()
    assert (ines.handle, ines.email, ines.display_name) == (
        f"gone_{ines.public_id}",
        f"{ines.public_id}@gone.invalid",
        "",
    )
    assert (ines.shown_name, ines.is_active, ines.has_usable_password()) == ("Deleted account", False, False)
    assert deletion.finished_at is not None
    assert due_deletions() == []
    assert person("ines").handle == "ines"
    erase(deletion.pk)


def test_eraser_that_fails_is_called_again(ines: User, settings: Settings) -> None:
    settings.DATA_ERASERS = [f"{eraser.__module__}.{eraser.__qualname__}"]
    calls.clear()
    deletion = due(ines)
    with pytest.raises(OSError):  # noqa: PT011 - any would do
        erase(deletion.pk)
    assert due_deletions() == [deletion.pk]
    with pytest.raises(DeletionBegunError):
        reopen_account(ines)
    erase(deletion.pk)
    assert (calls, due_deletions()) == ([f"gone_{ines.public_id}"] * 2, [])


@pytest.mark.parametrize("fields", [{"display_name": "Inès"}, {"is_active": True}])
def test_database_lets_nobody_be_erased_and_somebody(ines: User, fields: dict[str, Any]) -> None:
    erase(due(ines).pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=ines.pk).update(**fields)
