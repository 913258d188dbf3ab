"""The waiting list: a place, its confirmation, and waves."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.locmem import EmailBackend
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Door, Invitation, User, WaitingEntry, Wave
from accounts.services.invitations import change_signup
from accounts.services.waiting import ask_for_place, confirm_place, continue_wave, open_wave
from accounts.tasks import let_waves_in

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

pytestmark = pytest.mark.django_db

SITE = "https://causerie.example/"


def wait(number: int) -> list[WaitingEntry]:
    """Return so many who wait, the one who waits longest first."""
    now = timezone.now()
    return WaitingEntry.objects.bulk_create(
        WaitingEntry(email=f"w{place}@example.org", language="en", confirmed_at=now - timedelta(minutes=number - place))
        for place in range(number)
    )


def link_in(letter: EmailMultiAlternatives | Any) -> str:
    found = re.search(r"https?://\S+/(?:waiting|join|accounts/login)/\S*", str(letter.body))
    assert found
    return found[0]


def ask(browser: Client, email: str, **headers: str) -> Any:
    return browser.post(reverse("accounts:waiting"), {"email": email}, headers=headers)


def test_place_is_asked_for_confirmed_and_shown(browser: Client) -> None:
    wait(2)
    answer = ask(browser, "Nolwenn@example.org", **{"accept-language": "fr"})
    assert (answer.status_code, answer["Location"]) == (302, reverse("accounts:waiting-asked"))
    (letter,) = mail.outbox
    assert isinstance(letter, EmailMultiAlternatives)
    assert (letter.subject, letter.to) == ("Gardez votre place sur la liste d’attente", ["Nolwenn@example.org"])
    place = link_in(letter).removeprefix("http://testserver")
    # A mail program that looks at the link confirms nothing.
    assert browser.get(place).status_code == 200
    entry = WaitingEntry.objects.get(email="Nolwenn@example.org")
    assert (entry.confirmed_at, entry.language) == (None, "fr")
    page = browser.post(place, follow=True, headers={"accept-language": "en"}).content.decode()
    assert re.search(r'class="sum">\s*3\s*<', page)
    before = WaitingEntry.objects.get(pk=entry.pk).confirmed_at
    confirm_place(entry)
    assert WaitingEntry.objects.get(pk=entry.pk).confirmed_at == before


def test_answer_is_the_same_for_every_address(make_browser: Callable[[], Client], oliver: User) -> None:
    (waits,) = wait(1)
    answers = [ask(make_browser(), email) for email in ("new@example.org", waits.email.upper(), oliver.email)]
    assert {(answer.status_code, answer["Location"], answer.content) for answer in answers} == {
        (302, "/waiting/asked/", b"")
    }
    assert [letter.subject for letter in mail.outbox] == [
        "Keep your place on the waiting list",
        "Keep your place on the waiting list",
        "You already have an account",
    ]
    assert WaitingEntry.objects.filter(email__iexact=waits.email).count() == 1


def test_one_address_gets_one_letter_in_ten_minutes() -> None:
    ask_for_place("a@example.org", language="en", site=SITE)
    ask_for_place("A@example.org", language="en", site=SITE)
    assert len(mail.outbox) == 1
    WaitingEntry.objects.update(mailed_at=timezone.now() - timedelta(minutes=9, seconds=59))
    ask_for_place("a@example.org", language="en", site=SITE)
    assert len(mail.outbox) == 1
    WaitingEntry.objects.update(mailed_at=timezone.now() - timedelta(minutes=10, seconds=1))
    ask_for_place("a@example.org", language="en", site=SITE)
    assert len(mail.outbox) == 2


def test_asking_is_limited_by_address_of_the_visitor(browser: Client) -> None:
    statuses = [ask(browser, f"a{number}@example.org").status_code for number in range(21)]
    assert statuses == [302] * 20 + [429]


@pytest.mark.parametrize("email", ["", "nobody", "a" * 250 + "@example.org"])
def test_wrong_address_is_kept_and_told(browser: Client, email: str) -> None:
    answer = ask(browser, email)
    assert answer.status_code == 422
    assert f'value="{email}"' in answer.content.decode() or not email
    assert WaitingEntry.objects.count() == 0


@pytest.mark.parametrize("key", ["nowhere", "1" * 14])
def test_unknown_place_is_not_there(browser: Client, key: str) -> None:
    assert browser.get(reverse("accounts:waiting-place", args=[key])).status_code == 404


def test_wave_lets_in_who_waits_longest(browser: Client) -> None:
    entries = wait(4)
    WaitingEntry.objects.create(email="unconfirmed@example.org")
    wave = open_wave(3, by=None, site=SITE)
    let_waves_in()
    wave.refresh_from_db()
    assert (wave.done, wave.finished_at is not None) == (3, True)
    assert [letter.to for letter in mail.outbox] == [[entry.email] for entry in entries[:3]]
    assert set(WaitingEntry.objects.filter(let_in_at__isnull=True).values_list("email", flat=True)) == {
        "w3@example.org",
        "unconfirmed@example.org",
    }
    change_signup({"door": Door.INVITATION, "codes_at_joining": 0, "refill_codes": 0, "refill_days": 1}, by=None)
    link = link_in(mail.outbox[0])
    assert link.startswith("https://causerie.example/join/")
    assert browser.get(link.removeprefix("https://causerie.example")).status_code == 200
    sent = {"email": "w0@example.org", "username": "first", "display_name": "", "password1": "correct horse battery"}
    assert browser.post(reverse("account_signup"), sent).status_code == 302
    assert Invitation.objects.filter(redeemed_by__handle="first").count() == 1


def test_wave_ends_when_nobody_waits() -> None:
    wait(2)
    wave = open_wave(500, by=None, site=SITE)
    let_waves_in()
    let_waves_in()
    wave.refresh_from_db()
    assert (wave.done, wave.finished_at is not None, len(mail.outbox)) == (2, True, 2)


def test_wave_goes_on_in_steps() -> None:
    wait(51)
    wave = open_wave(51, by=None, site=SITE)
    done = []
    while continue_wave(wave.pk):
        wave.refresh_from_db()
        done.append(wave.done)
    assert (done, len(mail.outbox)) == ([50, 51], 51)


def test_letter_that_fails_is_written_later(monkeypatch: pytest.MonkeyPatch) -> None:
    wait(1)
    wave = open_wave(1, by=None, site=SITE)

    def away(*_: object) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", away)
        let_waves_in()
    wave.refresh_from_db()
    assert (wave.done, wave.finished_at, mail.outbox) == (1, None, [])
    let_waves_in()
    assert mail.outbox == []
    WaitingEntry.objects.update(mailed_at=timezone.now() - timedelta(minutes=11))
    let_waves_in()
    wave.refresh_from_db()
    assert (len(mail.outbox), wave.finished_at is not None) == (1, True)
    let_waves_in()
    assert len(mail.outbox) == 1


def test_place_shows_that_it_is_ones_turn(browser: Client) -> None:
    (entry,) = wait(1)
    open_wave(1, by=None, site=SITE)
    let_waves_in()
    page = browser.get(reverse("accounts:waiting-place", args=[entry.key])).content.decode()
    assert "It is your turn" in page
    assert f"/join/{Invitation.objects.get().code}/" in page


@pytest.mark.parametrize(("number", "fits"), [(0, False), (1, True), (100_000, True), (100_001, False)])
def test_staff_open_a_wave_of_so_many(client: Client, sam: User, number: int, fits: bool) -> None:
    client.force_login(sam)
    answer = client.post("/staff/accounts/wave/add/", {"number": number})
    assert answer.status_code == (302 if fits else 200)
    assert list(Wave.objects.values_list("number", "by", "site")) == (
        [(number, sam.pk, "http://testserver/")] if fits else []
    )


def test_staff_see_the_queue_and_the_progress_but_no_private_link(client: Client, sam: User) -> None:
    (entry,) = wait(1)
    open_wave(5, by=sam, site=SITE)
    client.force_login(sam)
    assert "0/5" in client.get("/staff/accounts/wave/").content.decode()
    for address in ("", f"{entry.pk}/change/"):
        page = client.get(f"/staff/accounts/waitingentry/{address}").content.decode()
        assert entry.email in page
        assert entry.key not in page


def test_database_holds_the_limits() -> None:
    wait(1)
    wrong: list[Any] = [
        WaitingEntry(email="W0@EXAMPLE.ORG"),
        WaitingEntry(email="x@example.org", let_in_at=timezone.now()),
        Wave(number=0, site=SITE),
        Wave(number=1, done=2, site=SITE),
    ]
    for row in wrong:
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()
