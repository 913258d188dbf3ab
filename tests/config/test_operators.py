"""Letters to those who run the site."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from structlog.testing import capture_logs

from config.lib.operators import MOST_LINES, tell_operators

if TYPE_CHECKING:
    from django.core.mail import EmailMessage
    from pytest_django.fixtures import Settings

OPERATORS = [("", "ops@example.org"), ("", "night@example.org")]


@pytest.mark.parametrize(("lines", "last"), [(1, "* line 0"), (MOST_LINES, f"* line {MOST_LINES - 1}")])
def test_letter_has_each_line(settings: Settings, mailoutbox: list[EmailMessage], lines: int, last: str) -> None:
    settings.ADMINS = OPERATORS
    tell_operators("Something is wrong", [f"line {number}" for number in range(lines)])
    (letter,) = mailoutbox
    assert (letter.to, letter.subject) == (["ops@example.org", "night@example.org"], "[Causerie] Something is wrong")
    assert str(letter.body).splitlines()[-1] == last
    assert len(str(letter.body).splitlines()) == lines


def test_letter_of_many_lines_says_how_many_more(settings: Settings, mailoutbox: list[EmailMessage]) -> None:
    settings.ADMINS = OPERATORS
    tell_operators("Something is wrong", ["line"] * (MOST_LINES + 1))
    assert str(mailoutbox[0].body).splitlines()[-1] == "* And 1 more: see the log."


def test_nobody_is_written_to_where_nobody_is_named(mailoutbox: list[EmailMessage]) -> None:
    tell_operators("Something is wrong", ["line"])
    assert mailoutbox == []


def test_mail_server_that_is_away_keeps_nobody(settings: Settings) -> None:
    settings.ADMINS = OPERATORS
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with capture_logs() as logs:
        tell_operators("Something is wrong", ["line"])
    assert [entry["event"] for entry in logs] == ["operators_not_told"]
