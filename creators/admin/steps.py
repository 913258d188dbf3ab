"""What the fund's pages for staff have in common: rows are looked at, and each thing that may be done is a button."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from config.lib.errors import DomainError
from ticketing.admin.read_only import ReadOnlyAdmin

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern
    from django_stubs_ext import StrOrPromise

    from accounts.models import User


class Asked(NamedTuple):
    """What a button sends: who pressed it, the words that go with it, what they had been looking at."""

    by: User
    words: str
    seen: str


class Step(NamedTuple):
    """Something that staff with a permission may do while a row is in one of these states."""

    label: StrOrPromise
    states: frozenset[str]
    permission: str
    act: Callable[[Any, Asked], object]
    # What the words are that it needs; "" for none.
    words: StrOrPromise = ""


class SteppedAdmin(ReadOnlyAdmin):
    """Rows with a `state`; each step calls one service, and is noted in the admin's log."""

    change_form_template = "admin/creators/steps.html"
    steps: ClassVar[dict[str, Step]] = {}

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(partial(self.step_view, name=name)),
                name=f"creators_{self.opts.model_name}_{name}",
            )
            for name in self.steps
        ]
        return [*own, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the row, what belongs to it, and what may be done now."""
        row = self.get_object(request, unquote(object_id))
        context = dict(extra_context or {})
        if row is not None and self.has_view_permission(request, row):
            context |= {"steps": self._possible(request, row), "seen": self.seen(row), **self.beside(row)}
        return super().change_view(request, object_id, form_url, context)

    def beside(self, row: Any) -> dict[str, Any]:
        """Return what else the page shows."""
        del row
        return {}

    def seen(self, row: Any) -> str:
        """Return what tells one later whether the row is still as somebody saw it."""
        del row
        return ""

    def step_view(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        """Do one step, if it may be done."""
        answer: HttpResponse = require_POST(self._do)(request, object_id, name)
        return answer

    def _do(self, request: HttpRequest, object_id: str, name: str) -> HttpResponse:
        step = self.steps[name]
        if not request.user.has_perm(f"creators.{step.permission}"):
            raise PermissionDenied
        row = self.get_object(request, unquote(object_id))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        assert request.user.is_authenticated
        asked = Asked(request.user, request.POST.get("words", ""), request.POST.get("seen", ""))
        try:
            step.act(row, asked)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            self.log_change(request, row, f"{step.label}: {asked.words}" if step.words else str(step.label))
            self.message_user(request, f"{step.label} ✓", messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:creators_{self.opts.model_name}_change", args=[row.pk]))

    def _possible(self, request: HttpRequest, row: Model) -> list[dict[str, Any]]:
        state = getattr(row, "state")  # noqa: B009 - the rows of this page have one
        return [
            {"name": name, "step": step, "url": reverse(f"admin:creators_{self.opts.model_name}_{name}", args=[row.pk])}
            for name, step in self.steps.items()
            if state in step.states and request.user.has_perm(f"creators.{step.permission}")
        ]
