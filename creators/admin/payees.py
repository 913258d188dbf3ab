"""Staff's view of who can be paid: as Stripe says it, with the one thing to do about it, which is to ask again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from config.lib.errors import DomainError
from creators.models import Payee
from creators.payee_words import requirement_lines
from creators.services.payee_looks import look_again
from ticketing.admin.read_only import ReadOnlyAdmin

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern


@admin.register(Payee)
class PayeeAdmin(ReadOnlyAdmin):
    """Whoever may change payees may ask Stripe again; what Stripe decides is changed at Stripe."""

    change_form_template = "admin/creators/payee/change_form.html"
    list_display = ("person_key", "person", "state_shown", "country", "currency_shown", "account", "looked_at")
    list_select_related = ("person",)
    list_filter = ("transfers", "closed", "country")
    search_fields = ("person_key", "person__handle", "person__email", "account", "former_accounts")
    fields = (
        "person",
        "person_key",
        "state_shown",
        "account",
        "former_shown",
        "country",
        "currency_shown",
        "transfers",
        "reasons_shown",
        "missing_shown",
        "later_shown",
        "in_review_shown",
        "deadline",
        "closed",
        "active_at",
        "looked_at",
        "created_at",
    )

    @admin.display(description=gettext_lazy("state"))
    def state_shown(self, payee: Payee) -> str:
        return str(payee.state.label)

    @admin.display(description=gettext_lazy("currency"), ordering="currency")
    def currency_shown(self, payee: Payee) -> str:
        return payee.currency.upper()

    @admin.display(description=gettext_lazy("accounts before"))
    def former_shown(self, payee: Payee) -> str:
        return ", ".join(payee.former_accounts)

    @admin.display(description=gettext_lazy("Stripe’s reasons"))
    def reasons_shown(self, payee: Payee) -> str:
        return ", ".join(payee.reasons)

    @admin.display(description=gettext_lazy("missing now"))
    def missing_shown(self, payee: Payee) -> str:
        return _with_names(payee.missing)

    @admin.display(description=gettext_lazy("missing some day"))
    def later_shown(self, payee: Payee) -> str:
        return _with_names(payee.later)

    @admin.display(description=gettext_lazy("looked into by Stripe"))
    def in_review_shown(self, payee: Payee) -> str:
        return _with_names(payee.in_review)

    def get_urls(self) -> list[URLPattern]:
        look = self.admin_site.admin_view(self.look_view)
        return [path("<path:object_id>/look/", look, name="creators_payee_look"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the payee, with the button that asks Stripe again."""
        context = dict(extra_context or {}) | {"may_look": may_look(request)}
        return super().change_view(request, object_id, form_url, context)

    def look_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Ask Stripe how the payee stands."""
        answer: HttpResponse = require_POST(self._look)(request, object_id)
        return answer

    def _look(self, request: HttpRequest, object_id: str) -> HttpResponse:
        if not may_look(request):
            raise PermissionDenied
        payee = self.get_object(request, unquote(object_id))
        if not isinstance(payee, Payee) or not self.has_view_permission(request, payee):
            raise Http404
        try:
            look_again(payee.pk)
        except DomainError as error:
            self.message_user(request, str(error), messages.ERROR)
        else:
            noted = _("Asked Stripe again.")
            self.log_change(request, payee, noted)
            self.message_user(request, noted, messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:creators_payee_change", args=[payee.pk]))


def may_look(request: HttpRequest) -> bool:
    """Say whether this member of staff may ask Stripe about people."""
    return request.user.has_perm("creators.change_payee")


def _with_names(names: Iterable[str]) -> str:
    """Return what creators read of it, and Stripe's names, by which its dashboard is searched."""
    found = list(names)
    return f"{', '.join(requirement_lines(found))} ({', '.join(found)})" if found else ""
