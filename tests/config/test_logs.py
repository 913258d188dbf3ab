"""What is in the logs, and what is not."""

from __future__ import annotations

import io
import json
import logging
import re
from typing import TYPE_CHECKING, Any

import pytest
import structlog
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from config.logs import configure, hide_secrets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from accounts.models import User


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Return what is written in production's format; the run's own settings are back afterwards."""
    written = io.StringIO()
    configure({"level": "INFO", "format": "json"})
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    yield written
    configure(settings.LOGGING)


def read(written: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in written.getvalue().splitlines()]


def test_request_is_one_line_with_ids(client: Client, maiwenn: User, lines: io.StringIO) -> None:
    client.force_login(maiwenn)
    response = client.get("/settings/?token=abc", headers={"x-request-id": "proxy-12345678"})
    assert response["X-Request-ID"] == "proxy-12345678"
    (line,) = read(lines)
    assert isinstance(line.pop("ms"), float)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", line.pop("timestamp"))
    assert line == {
        "event": "request",
        "level": "info",
        "logger": "config.logs",
        "method": "GET",
        "path": "/settings/",
        "status": 200,
        "person": maiwenn.public_id,
        "request_id": "proxy-12345678",
    }


@pytest.mark.parametrize("given", ["", "short", "x" * 65, "with space 12", "line\\nbreak-12", 'quote"-12345'])
def test_request_id_that_is_none_is_replaced(client: Client, given: str) -> None:
    response = client.get("/healthz", headers={"x-request-id": given})
    assert re.fullmatch("[0-9a-f]{16}", response["X-Request-ID"])


@pytest.mark.parametrize("given", ["x" * 8, "x" * 64, "0a1b-2c3d_4e5f.6"])
def test_request_id_of_the_proxy_is_kept(client: Client, given: str) -> None:
    assert client.get("/healthz", headers={"x-request-id": given})["X-Request-ID"] == given


def test_request_id_is_on_each_line_and_on_no_later_one(lines: io.StringIO) -> None:
    # No token: Django's refusal is a line of its own.
    refused = Client(enforce_csrf_checks=True)
    refused.post("/accounts/login/", headers={"x-request-id": "proxy-12345678"})
    logging.getLogger("somebody.else").info("afterwards")
    assert [(line["event"], line.get("request_id")) for line in read(lines)] == [
        ("Forbidden (CSRF cookie not set.): /accounts/login/", "proxy-12345678"),
        ("request", "proxy-12345678"),
        ("afterwards", None),
    ]


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_not_logged(client: Client, path: str, lines: io.StringIO) -> None:
    client.get(path)
    # What is not there is said by the check itself.
    assert [line["event"] for line in read(lines) if line["event"] != "not_ready"] == []


def test_link_from_a_mail_is_logged_without_its_key(client: Client, lines: io.StringIO, db: None) -> None:
    client.get("/accounts/password/reset/key/1-abc123-def/")
    client.get("/accounts/confirm-email/MQ:1abc:def/")
    assert [line["path"] for line in read(lines)] == [
        "/accounts/password/reset/key/[hidden]/",
        "/accounts/confirm-email/[hidden]/",
    ]


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("Key (upper(email))=(MAI.WENN+x@EXAMPLE.org) exists", "Key (upper(email))=([hidden]) exists"),
        ("postgres://causerie:s3cr3t@db:5432/causerie", "postgres://causerie:[hidden]@db:5432/causerie"),
        ("redis://:s3cr3t@redis:6379/0", "redis://:[hidden]@redis:6379/0"),
        ("GET /@maiwenn/ 200", "GET /@maiwenn/ 200"),
        ("https://example.org/@maiwenn/", "https://example.org/@maiwenn/"),
    ],
)
def test_secrets_inside_a_sentence(text: str, kept: str) -> None:
    assert hide_secrets(None, "info", {"event": text}) == {"event": kept}


@pytest.mark.parametrize("name", ["password", "token", "sdp", "email", "authorization", "cookie", "secret"])
def test_secrets_by_name(name: str) -> None:
    assert hide_secrets(None, "info", {"event": "x", name: ["v=0"]}) == {"event": "x", name: "[hidden]"}


def test_traceback_holds_neither_variables_nor_addresses(lines: io.StringIO) -> None:
    def fail(password: str) -> None:
        msg = f"no account for {'maiwenn'}@example.org"
        raise ValueError(msg)

    words = ["correct", "horse"]
    try:
        fail(" ".join(words))
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", "/accounts/confirm-email/MQ:1:a/")
    (line,) = read(lines)
    assert line["event"] == "Internal Server Error: /accounts/confirm-email/[hidden]/"
    assert "ValueError: no account for [hidden]" in line["exception"]
    assert "correct horse" not in json.dumps(line)


@pytest.mark.parametrize("name", ["daphne.http_protocol", "celery.worker", "kombu", "django.db.backends"])
def test_others_are_heard_when_something_is_wrong(lines: io.StringIO, name: str) -> None:
    logging.getLogger(name).info("all is well")
    logging.getLogger(name).warning("something is wrong")
    assert [line["event"] for line in read(lines)] == ["something is wrong"]


def test_console_is_one_readable_line() -> None:
    written = io.StringIO()
    configure({"level": "INFO", "format": "console"})
    handler = logging.getLogger().handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(written)
    try:
        structlog.get_logger("rooms").info("room_opened", room="a1")
    finally:
        configure(settings.LOGGING)
    plain = re.sub(r"\x1b\[[0-9;]*m", "", written.getvalue())
    assert re.fullmatch(r"\S+Z \[info +\] room_opened +\[rooms\] room=a1\n", plain)


def test_unknown_format_is_refused() -> None:
    with pytest.raises(ImproperlyConfigured, match=r"^LOG_FORMAT is 'xml'; it must be console or json\.$"):
        configure({"level": "INFO", "format": "xml"})


def test_celery_leaves_logging_alone() -> None:
    from config.celery import app

    before = list(logging.getLogger().handlers)
    app.log.setup(loglevel=logging.DEBUG, logfile=None, redirect_stdouts=True)
    assert logging.getLogger().handlers == before


def test_page_that_refuses_is_not_logged_twice(client: Client, lines: io.StringIO) -> None:
    client.get("/nowhere/")
    assert [(line["event"], line["status"]) for line in read(lines)] == [("request", 404)]


def test_host_that_is_not_ours_is_one_line(client: Client, lines: io.StringIO) -> None:
    client.get("/", headers={"host": "evil.example"})
    assert [(line["event"], line["status"]) for line in read(lines)] == [("request", 400)]


def test_bug_is_logged_with_its_traceback(lines: io.StringIO, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any) -> Any:
        msg = "a bug"
        raise ValueError(msg)

    monkeypatch.setattr("accounts.views.people.profile_for", broken)
    browser = Client(raise_request_exception=False)
    browser.get("/@maiwenn/", headers={"x-request-id": "proxy-12345678"})
    bug, request = read(lines)
    assert (bug["event"], bug["request_id"]) == ("Internal Server Error: /@maiwenn/", "proxy-12345678")
    assert bug["exception"].endswith("ValueError: a bug")
    assert (request["event"], request["status"]) == ("request", 500)
