"""How an error looks: a page that says what to do, or problem JSON (RFC 9457) for the API and whoever asks for JSON."""

from __future__ import annotations

import math
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import structlog
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.template import TemplateDoesNotExist
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.translation import gettext as _
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from rest_framework import exceptions as drf

from config.lib.errors import (
    BadRequestError,
    CsrfError,
    DomainError,
    ForbiddenError,
    InvalidError,
    LoginRequiredError,
    MethodNotAllowedError,
    NotAcceptableError,
    NotFoundError,
    ServerError,
    TooManyRequestsError,
    UnavailableError,
    UnsupportedMediaTypeError,
)
from config.problem_page import problem_page

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.http import HttpRequest

log = structlog.get_logger(__name__)

API_PREFIX = "/api/"
PROBLEM_TYPE = "application/problem+json"
# Whatever allauth refuses with this page, it counts by the minute.
ALLAUTH_WAIT_SECONDS = 60

_OF_DRF: dict[type[drf.APIException], type[DomainError]] = {
    drf.ParseError: BadRequestError,
    drf.NotAuthenticated: LoginRequiredError,
    drf.AuthenticationFailed: LoginRequiredError,
    drf.PermissionDenied: ForbiddenError,
    drf.NotFound: NotFoundError,
    drf.MethodNotAllowed: MethodNotAllowedError,
    drf.NotAcceptable: NotAcceptableError,
    drf.UnsupportedMediaType: UnsupportedMediaTypeError,
    drf.Throttled: TooManyRequestsError,
}


def phrase_of(status: int) -> str:
    """Return the status's phrase as RFC 9110 has it; Python before 3.13 still has RFC 4918's for 422."""
    return "Unprocessable Content" if status == HTTPStatus.UNPROCESSABLE_ENTITY else HTTPStatus(status).phrase


def problem_body(error: DomainError, *, instance: str, status: int | None = None) -> dict[str, Any]:
    """Return the members of RFC 9457 and our stable `code`; `errors` names the fields where that is known."""
    status = status or error.http_status
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": phrase_of(status),
        "status": status,
        "detail": str(error),
        "code": error.code,
        "instance": instance,
        **error.members,
    }
    if isinstance(error, InvalidError) and error.errors:
        body["errors"] = [
            {"field": field, "detail": str(text), "code": error.code} for field, text in error.errors.items()
        ]
    return body


def problem_response(request: HttpRequest, error: DomainError) -> HttpResponse:
    """Answer with the error in the form that the client reads."""
    if wants_json(request):
        body = problem_body(error, instance=request.path)
        return JsonResponse(body, status=error.http_status, content_type=PROBLEM_TYPE)
    try:
        context = {"error": error, "problem": problem_page(request, error)}
        return render(request, "problem.html", context, status=error.http_status)
    except TemplateDoesNotExist:
        log.warning("problem_page_missing")
        return _bare_page(error)


def wants_json(request: HttpRequest) -> bool:
    """Say whether this is a call of the API, or the client prefers JSON to a page."""
    return request.path.startswith(API_PREFIX) or request.get_preferred_type(
        ["text/html", "application/json", PROBLEM_TYPE]
    ) in {"application/json", PROBLEM_TYPE}


def domain_error(exception: Exception) -> DomainError | None:
    """Return what to tell somebody about this exception, or None if it is a bug."""
    if isinstance(exception, DomainError):
        return exception
    if isinstance(exception, RedisConnectionError | RedisTimeoutError):
        return UnavailableError()
    return None


class DomainErrorMiddleware:
    """Turn a DomainError that a page raised, and Django's empty 405, into a page that says what to do."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or response.content:
            return response
        page = problem_response(request, MethodNotAllowedError())
        page["Allow"] = response["Allow"]
        return page

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        error = domain_error(exception)
        if error is None:
            return None
        if error is not exception:
            log.warning("request_unavailable", error=type(exception).__name__)
        return problem_response(request, error)


# --- what Django calls; config.urls and CSRF_FAILURE_VIEW name these ---


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    return problem_response(request, BadRequestError())


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    return problem_response(request, ForbiddenError())


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    del exception
    return problem_response(request, NotFoundError())


def too_many_requests(request: HttpRequest) -> HttpResponse:
    error = TooManyRequestsError(_("That was too often. You can try again in one minute."))
    response = problem_response(request, error)
    response["Retry-After"] = str(ALLAUTH_WAIT_SECONDS)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    # Django has logged the reason.
    del reason
    return problem_response(request, CsrfError())


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer after a bug, or while the database is away: the page needs neither a session nor a person.

    What broke may break that page too, so there is one that needs nothing.
    """
    error = ServerError()
    if wants_json(request):
        return problem_response(request, error)
    try:
        context = {"error": error, "problem": problem_page(request, error)}
        return HttpResponse(render_to_string("lone_problem.html", context), status=error.http_status)
    except Exception:
        log.exception("problem_page_failed")
        return _bare_page(error)


def _bare_page(error: DomainError) -> HttpResponse:
    page = format_html("<!doctype html><title>{}</title><p>{}</p>", phrase_of(error.http_status), error)
    return HttpResponse(page, status=error.http_status)


# --- what REST framework calls; REST_FRAMEWORK names it ---


def api_exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """Answer a call of the API that failed; None leaves a bug to `server_error`."""
    path = context["request"].path
    if isinstance(exception, drf.ValidationError):
        body = problem_body(InvalidError(), instance=path, status=exception.status_code)
        body["errors"] = list(_field_errors(exception.detail))
        return JsonResponse(body, status=exception.status_code, content_type=PROBLEM_TYPE)
    error = _from_framework(exception) or domain_error(exception)
    if error is None:
        return None
    response = JsonResponse(problem_body(error, instance=path), status=error.http_status, content_type=PROBLEM_TYPE)
    seconds: float | None = getattr(exception, "wait", None)
    if seconds is not None:
        response["Retry-After"] = str(math.ceil(seconds))
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        # RFC 9110, 11.6.1 wants a challenge; a session cookie has no registered scheme of its own.
        # Whoever showed a key is told that it was the key (RFC 6750, 3.1).
        shown = error.code == "bad_token"
        response["WWW-Authenticate"] = (
            'Bearer realm="Causerie", error="invalid_token"' if shown else 'Cookie realm="Causerie"'
        )
    return response


def _from_framework(exception: Exception) -> DomainError | None:
    for theirs, ours in _OF_DRF.items():
        if isinstance(exception, theirs):
            return ours()
    if isinstance(exception, Http404):
        return NotFoundError()
    return ForbiddenError() if isinstance(exception, PermissionDenied) else None


def _field_errors(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Flatten REST framework's nested errors into one entry each, the field written as a path: `host.name`."""
    if isinstance(detail, dict):
        for key, inner in detail.items():
            yield from _field_errors(inner, f"{field}.{key}" if field else str(key))
    elif isinstance(detail, list):
        for inner in detail:
            yield from _field_errors(inner, field)
    else:
        yield {"field": field, "detail": str(detail), "code": detail.code}
