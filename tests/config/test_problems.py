"""How errors look: pages, and RFC 9457 for who asks for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework import exceptions as drf
from rest_framework import serializers

from config.lib import errors
from config.problem_page import problem_page
from config.problems import (
    DomainErrorMiddleware,
    api_exception_handler,
    problem_body,
    server_error,
    too_many_requests,
)

if TYPE_CHECKING:
    from django.http import HttpResponse

PAGE = RequestFactory().get("/somewhere/", headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8"})
JSON = RequestFactory().get("/somewhere/", headers={"accept": "application/json"})


def answer(request: Any, exception: Exception) -> HttpResponse | None:
    from django.contrib.auth.models import AnonymousUser

    request.user = AnonymousUser()
    return DomainErrorMiddleware(lambda _: None).process_exception(request, exception)  # type: ignore[arg-type,return-value]


def every_error(of: type[errors.DomainError] = errors.DomainError) -> list[type[errors.DomainError]]:
    found = [of]
    for inner in of.__subclasses__():
        found += every_error(inner)
    return found


def test_codes_are_stable_names_with_a_status_of_their_kind() -> None:
    import rooms.errors  # noqa: F401 (its errors are among the subclasses then)

    for error in every_error():
        assert error.code.isidentifier(), error
        assert 400 <= error.http_status <= 503, error


def test_page_says_what_to_do() -> None:
    response = answer(PAGE, errors.NotFoundError())
    assert response is not None
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here. The link may be wrong" in response.content.decode()


def test_json_is_given_to_who_asks_for_it() -> None:
    response = answer(JSON, errors.ForbiddenError())
    assert response is not None
    assert (response.status_code, response["Content-Type"]) == (403, "application/problem+json")


@pytest.mark.parametrize("exception", [ValueError("a bug"), Http404(), PermissionDenied()])
def test_other_exceptions_are_left_to_django(exception: Exception) -> None:
    assert answer(PAGE, exception) is None


def test_redis_down_is_no_bug_of_the_page() -> None:
    response = answer(JSON, RedisConnectionError("Error 111 connecting to 10.0.0.7:6379."))
    assert response is not None
    assert response.status_code == 503
    assert "10.0.0.7" not in response.content.decode()


def test_problem_names_the_fields() -> None:
    error = errors.InvalidError(errors={"title": "Too long."})
    assert problem_body(error, instance="/x") == {
        "type": "about:blank",
        "title": "Unprocessable Content",
        "status": 422,
        "detail": "Something in what was sent is not right.",
        "code": "invalid",
        "instance": "/x",
        "errors": [{"field": "title", "detail": "Too long.", "code": "invalid"}],
    }


def api(exception: Exception) -> Any:
    return api_exception_handler(exception, {"request": RequestFactory().get("/api/v1/x")})


@pytest.mark.parametrize(
    ("exception", "status", "code"),
    [
        (drf.ParseError(), 400, "bad_request"),
        (drf.NotAuthenticated(), 401, "login_required"),
        (drf.AuthenticationFailed(), 401, "login_required"),
        (drf.PermissionDenied(), 403, "forbidden"),
        (PermissionDenied(), 403, "forbidden"),
        (drf.NotFound(), 404, "not_found"),
        (Http404(), 404, "not_found"),
        (drf.MethodNotAllowed("POST"), 405, "method_not_allowed"),
        (drf.NotAcceptable(), 406, "not_acceptable"),
        (drf.UnsupportedMediaType("text/csv"), 415, "unsupported_media_type"),
        (drf.Throttled(wait=1.2), 429, "too_many_requests"),
        (errors.InvalidError(), 422, "invalid"),
        (RedisConnectionError(), 503, "unavailable"),
    ],
)
def test_api_maps_each_exception(exception: Exception, status: int, code: str) -> None:
    import json

    response = api(exception)
    body = json.loads(response.content)
    assert (response.status_code, response["Content-Type"]) == (status, "application/problem+json")
    assert (body["status"], body["code"], body["instance"]) == (status, code, "/api/v1/x")


def test_api_says_when_to_come_back() -> None:
    assert api(drf.Throttled(wait=1.2))["Retry-After"] == "2"


def test_api_challenges_who_is_not_logged_in() -> None:
    assert api(errors.LoginRequiredError())["WWW-Authenticate"] == 'Cookie realm="Causerie"'


def test_api_leaves_bugs_to_the_last_page() -> None:
    assert api(ValueError("a bug")) is None


def test_api_flattens_the_errors_of_nested_fields() -> None:
    import json

    class Inner(serializers.Serializer[Any]):
        name = serializers.CharField()

    class Outer(serializers.Serializer[Any]):
        host = Inner()
        limit = serializers.IntegerField(max_value=3)

    form = Outer(data={"host": {}, "limit": 4})
    with pytest.raises(drf.ValidationError) as caught:
        form.is_valid(raise_exception=True)
    assert json.loads(api(caught.value).content)["errors"] == [
        {"field": "host.name", "detail": "This field is required.", "code": "required"},
        {"field": "limit", "detail": "Ensure this value is less than or equal to 3.", "code": "max_value"},
    ]


@pytest.mark.parametrize(
    ("path", "accept", "content_type"),
    [
        ("/nowhere/", "text/html", "text/html; charset=utf-8"),
        ("/nowhere/", "application/json", "application/problem+json"),
        ("/api/v1/nowhere", "text/html", "application/problem+json"),
        ("/api/v2/spaces", "text/html", "application/problem+json"),
    ],
)
def test_unknown_address(client: Client, path: str, accept: str, content_type: str) -> None:
    response = client.get(path, headers={"accept": accept})
    assert (response.status_code, response["Content-Type"]) == (404, content_type)


def test_form_without_its_token() -> None:
    response = Client(enforce_csrf_checks=True).post("/accounts/login/", {"login": "x"})
    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()


@pytest.mark.parametrize(
    ("path", "content_type"),
    [("/@maiwenn/", "text/html; charset=utf-8"), ("/api/v1/spaces", "application/problem+json")],
)
@pytest.mark.django_db
def test_bug_is_answered_without_its_secrets(monkeypatch: pytest.MonkeyPatch, path: str, content_type: str) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        msg = "a secret of the inside"
        raise ValueError(msg)

    monkeypatch.setattr("accounts.views.people.profile_for", broken)
    monkeypatch.setattr("rooms.api.views.spaces_for", broken)
    response = Client(raise_request_exception=False).get(path)
    assert (response.status_code, response["Content-Type"]) == (500, content_type)
    assert "Something went wrong on our side" in response.content.decode()
    assert "secret of the inside" not in response.content.decode()


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [("text/html", "text/html; charset=utf-8"), ("application/json", "application/problem+json")],
)
def test_address_that_cannot_be_posted_to(client: Client, accept: str, content_type: str) -> None:
    response = client.post("/", headers={"accept": accept})
    assert (response.status_code, response["Content-Type"]) == (405, content_type)


def test_wrong_method_says_which_are_right(client: Client) -> None:
    response = client.post("/", headers={"accept-language": "en"})
    assert response["Allow"] == "GET, HEAD"
    assert "That cannot be done at this address." in response.content.decode()


def test_too_often_says_how_long_to_wait() -> None:
    response = too_many_requests(RequestFactory().post("/accounts/login/"))
    assert (response.status_code, response["Retry-After"]) == (429, "60")
    assert "You can try again in one minute." in response.content.decode()


def test_bug_of_the_database_is_answered_without_it(client: Client) -> None:
    """This test may not ask the database; a session's cookie would make any other page do so."""
    client.raise_request_exception = False
    client.cookies["sessionid"] = "a1b2c3d4"
    response = client.get("/", headers={"accept-language": "fr"})
    page = response.content.decode()
    assert response.status_code == 500
    assert ('<html lang="fr" data-you="*">' in page, 'id="page"' in page, 'class="notice__glyph"' in page) == (
        True,
        True,
        True,
    )


def page_of(error: errors.DomainError, method: str = "get", **headers: str) -> dict[str, Any]:
    request = getattr(RequestFactory(), method)("/rooms/?a=b", headers=headers)
    page = problem_page(request, error)
    return {"icon": page.icon, "heading": str(page.heading), "ways": [(str(w.label), w.href) for w in page.ways]}


BACK = ("Back to the hallway", "/")


@pytest.mark.parametrize(
    ("error", "icon", "heading", "ways"),
    [
        (errors.BadRequestError(), "info", "That did not work", [BACK]),
        (
            errors.LoginRequiredError(),
            "person",
            "Log in first",
            [("Log in", "/accounts/login/?next=/rooms/%3Fa%3Db"), BACK],
        ),
        (errors.ForbiddenError(), "lock", "This door is closed to you", [BACK]),
        (errors.CsrfError(), "clock", "This page is out of date", [("Load the page again", "/rooms/?a=b"), BACK]),
        (errors.NotFoundError(), "door", "Wrong door", [BACK]),
        (errors.MethodNotAllowedError(), "info", "That did not work", [BACK]),
        (errors.TooManyRequestsError(), "clock", "A little slower, please", [("Try again", "/rooms/?a=b"), BACK]),
        (errors.ServerError(), "lamp", "The light went out on our side", [("Try again", "/rooms/?a=b"), BACK]),
        (errors.UnavailableError(), "away", "Not just now", [("Try again", "/rooms/?a=b"), BACK]),
    ],
)
def test_each_problem_has_its_picture_its_heading_and_a_way_on(
    error: errors.DomainError, icon: str, heading: str, ways: list[tuple[str, str]]
) -> None:
    assert page_of(error) == {"icon": icon, "heading": heading, "ways": ways}


@pytest.mark.parametrize(
    ("referer", "href"),
    [
        ("http://testserver/settings/", "http://testserver/settings/"),
        ("http://elsewhere.example/", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_form_that_failed_leads_back_to_its_page_if_that_is_ours(referer: str, href: str) -> None:
    assert page_of(errors.CsrfError(), "post", referer=referer)["ways"][0] == ("Load the page again", href)


def test_bug_on_the_page_for_bugs(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> Any:
        raise ValueError

    monkeypatch.setattr("config.problems.render_to_string", broken)
    response = server_error(PAGE)
    assert response.status_code == 500
    assert response.content.decode() == (
        "<!doctype html><title>Internal Server Error</title><p>Something went wrong on our side. "
        "Try again in a moment.</p>"
    )
