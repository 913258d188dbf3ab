"""The style guide's problems: each page that says what went wrong, with the status that it really has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.views.decorators.http import require_safe

from config.lib import errors
from config.problems import problem_response, server_error, too_many_requests
from config.styleguide.views import for_staff

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

PROBLEMS: dict[str, type[errors.DomainError]] = {
    error.code: error
    for error in (
        errors.BadRequestError,
        errors.LoginRequiredError,
        errors.ForbiddenError,
        errors.CsrfError,
        errors.NotFoundError,
        errors.MethodNotAllowedError,
        errors.TooManyRequestsError,
        errors.ServerError,
        errors.UnavailableError,
    )
}


@require_safe
@for_staff
def problem(request: HttpRequest, code: str) -> HttpResponse:
    """Show the page of one."""
    if code not in PROBLEMS:
        raise errors.NotFoundError
    if code == errors.ServerError.code:
        return server_error(request)
    if code == errors.TooManyRequestsError.code:
        return too_many_requests(request)
    return problem_response(request, PROBLEMS[code]())
