"""Staff's view of who may do what: the policies with a preview, exceptions, flags, presets and the log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.forms.formsets import all_valid
from django.http import HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Flag, Policy, PolicyChange, PolicyException, PolicyWay
from accounts.policies.effects import effect_of
from accounts.policies.eligibility import terms_of
from accounts.policies.rules import Purpose, Terms, Verdict
from accounts.policies.words import effect_lines, rule_name
from accounts.services.policies import change_policy, drop_exception, flag_as_json, make_exception, note_flag
from accounts.services.presets import PRESETS, TEST_FLAG, apply_preset, preset_terms
from config.lib.never_written import NeverWritten

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import BaseInlineFormSet
    from django.http import HttpRequest, HttpResponse
    from django.urls import URLPattern

    from accounts.policies.effects import Effect

    PolicyModelAdmin = admin.ModelAdmin[Policy]
    ExceptionModelAdmin = admin.ModelAdmin[PolicyException]
    FlagModelAdmin = admin.ModelAdmin[Flag]
    ChangeModelAdmin = admin.ModelAdmin[PolicyChange]
    WayStack = admin.StackedInline[PolicyWay, Policy]
    PolicyModelForm = ModelForm[Policy]
    Ways = BaseInlineFormSet[PolicyWay, Policy, Any]
else:
    PolicyModelAdmin = ExceptionModelAdmin = FlagModelAdmin = ChangeModelAdmin = admin.ModelAdmin
    WayStack, PolicyModelForm = admin.StackedInline, ModelForm


class WayInline(WayStack):
    """The ways in, each a box."""

    model = PolicyWay
    extra = 0
    fields = (
        ("followers", "age_days"),
        ("verified_email", "second_factor", "invited"),
        ("on_web", "on_ios", "on_android"),
        ("share", "flag"),
    )


class HeldForm(PolicyModelForm):
    """The policy's own form, which has no fields. Held, it shows everything again instead of being saved."""

    held = False

    class Meta:
        model = Policy
        fields = ()

    def is_valid(self) -> bool:
        return super().is_valid() and not self.held


@admin.register(Policy)
class PolicyAdmin(PolicyModelAdmin):
    """Who may: staff combine the rules, look at what that does, and save."""

    form = HeldForm
    inlines = (WayInline,)
    list_display = ("purpose_shown", "says")
    list_display_links = list_display
    ordering = ("pk",)
    change_form_template = "admin/accounts/policy/change_form.html"
    change_list_template = "admin/accounts/policy/change_list.html"

    @admin.display(description=gettext_lazy("purpose"))
    def purpose_shown(self, policy: Policy) -> str:
        return str(policy)

    @admin.display(description=gettext_lazy("who may"))
    def says(self, policy: Policy) -> str:
        return terms_in_words(policy.terms())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        return super().get_queryset(request).prefetch_related("ways__share", "ways__flag")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody: each purpose has its one policy."""
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Policy | None = None) -> bool:
        del request, obj
        return False

    def get_urls(self) -> list[URLPattern]:
        presets = self.admin_site.admin_view(self.presets_view)
        return [path("presets/", presets, name="accounts_policy_presets"), *super().get_urls()]

    def get_form(
        self,
        request: HttpRequest,
        obj: Policy | None = None,
        change: bool = False,  # noqa: FBT001, FBT002 - Django's own signature
        **kwargs: Any,
    ) -> type[PolicyModelForm]:
        form = super().get_form(request, obj, change, **kwargs)
        form.held = getattr(request, "policy_held", False)  # type: ignore[attr-defined] # of HeldForm
        return form

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the effect first if staff ask for it, or have to be asked once more."""
        context = dict(extra_context or {})
        sent = self._sent(request, object_id) if request.method == "POST" else None
        if sent is not None:
            context |= self._held(request, sent)
        return super().changeform_view(request, object_id, form_url, context)

    def _sent(self, request: HttpRequest, object_id: str | None) -> Terms | None:
        """Return what the forms say; None if something in them is not right."""
        policy = self.get_object(request, unquote(object_id or ""))
        if policy is None or not self.has_change_permission(request, policy):
            return None
        form = self.get_form(request, policy, change=True)(request.POST, instance=policy)
        formsets = [
            formset_class(request.POST, instance=policy, prefix=formset_class.get_default_prefix())
            for formset_class, _inline in self.get_formsets_with_inlines(request, policy)
        ]
        return sent_terms(policy, formsets) if form.is_valid() and all_valid(formsets) else None

    def _held(self, request: HttpRequest, sent: Terms) -> dict[str, Any]:
        """Return what the page shows instead of saving; nothing if it is to be saved."""
        # Whoever is sure is so of exactly these terms.
        seal = salted_hmac("accounts.policy", json.dumps(sent.as_json())).hexdigest()
        preview = "_preview" in request.POST
        if not preview and request.POST.get("sure") == seal:
            return {}
        effect = effect_of(terms_of(sent.purpose), sent)
        if not preview and not effect.locks_out:
            return {}
        request.policy_held = True  # type: ignore[attr-defined]
        # Nothing is wrong with the form: it is only not saved yet.
        return {"errors": None, "effect": effect_context(effect), "seal": "" if preview else seal}

    def save_model(self, request: HttpRequest, obj: Policy, form: Any, change: bool) -> None:  # noqa: FBT001 - Django's own signature
        """Nothing of its own: `save_related` hands all to the service."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - as above
        del change
        assert request.user.is_authenticated
        for formset in formsets:
            # Django writes its own log from what this notes down.
            formset.save(commit=False)
        change_policy(sent_terms(form.instance, formsets), by=request.user)

    def presets_view(self, request: HttpRequest) -> HttpResponse:
        """Show each preset with its effect; the one that is sent holds from now on."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        if request.method == "POST" and request.POST.get("preset") in {preset.name for preset in PRESETS}:
            assert request.user.is_authenticated
            apply_preset(request.POST["preset"], by=request.user)
            messages.success(request, _("The preset holds from now on."))
            return HttpResponseRedirect(reverse("admin:accounts_policy_changelist"))
        now = terms_of(Purpose.HOST)
        shown = [(preset, preset_terms(preset.name)) for preset in PRESETS]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("The roll-out of Spaces, step by step"),
            "flag": TEST_FLAG,
            "now": terms_in_words(now),
            "presets": [
                {
                    "preset": preset,
                    "holds": terms == now,
                    "says": terms_in_words(terms),
                    "effect": effect_context(effect_of(now, terms)),
                }
                for preset, terms in shown
            ],
        }
        return TemplateResponse(request, "admin/accounts/policy/presets.html", context)


def sent_terms(policy: Policy, formsets: list[Ways]) -> Terms:
    """Return what the forms say: the ways that are not struck out, in their order."""
    rows = [
        form.instance
        for formset in formsets
        for form in formset.forms
        # A box that was added and left empty is a way without rules: open to all.
        if not form.cleaned_data.get("DELETE")
    ]
    return Terms(Purpose(policy.purpose), tuple(row.rules() for row in rows))


def terms_in_words(terms: Terms) -> str:
    """Return in a line who may."""
    if not terms.ways:
        return _("nobody")
    if any(not way for way in terms.ways):
        return _("everybody")
    return _(" or ").join(" + ".join(rule_name(rule) for rule in way) for way in terms.ways)


def effect_context(effect: Effect) -> dict[str, Any]:
    """Return what the template `_effect.html` shows."""
    return {
        "lines": effect_lines(effect),
        "locks_out": effect.locks_out,
        "accounts": effect.accounts,
        "rules": [(rule_name(rule), met) for rule, met in effect.rules],
        "losing": effect.losing,
        "gaining": effect.gaining,
    }


@admin.register(PolicyException)
class PolicyExceptionAdmin(ExceptionModelAdmin):
    """One account above the rules. An exception is made and taken back, never changed."""

    list_display = ("person", "policy", "verdict", "reason", "made_by", "made_at")
    list_filter = ("policy", "verdict")
    list_select_related = ("person", "policy", "made_by")
    search_fields = ("person__handle", "person__display_name", "reason")
    autocomplete_fields = ("person",)
    ordering = ("-made_at", "-pk")

    def has_change_permission(self, request: HttpRequest, obj: PolicyException | None = None) -> bool:
        del request, obj
        return False

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Not many at once: that would pass the log by."""
        del request
        return {}

    def save_model(self, request: HttpRequest, obj: PolicyException, form: Any, change: bool) -> None:  # noqa: FBT001 - as above
        del form, change
        assert request.user.is_authenticated
        purpose, verdict = Purpose(obj.policy.purpose), Verdict(obj.verdict)
        make_exception(purpose, person=obj.person, verdict=verdict, reason=obj.reason, by=request.user)
        obj.pk = PolicyException.objects.get(policy=obj.policy, person=obj.person, verdict=verdict).pk

    def delete_model(self, request: HttpRequest, obj: PolicyException) -> None:
        assert request.user.is_authenticated
        drop_exception(obj, by=request.user)


@admin.register(Flag)
class FlagAdmin(FlagModelAdmin):
    """Flags and shares of accounts; those that a policy names are in its log too."""

    list_display = ("name", "everyone", "percent", "staff", "superusers", "note")
    search_fields = ("name", "note")
    ordering = ("name",)
    autocomplete_fields = ("users",)
    filter_horizontal = ("groups",)
    # Languages and tests by cookie are a request's, not an account's.
    fields = ("name", "note", "everyone", "percent", "users", "groups", "staff", "superusers", "authenticated")

    def get_readonly_fields(self, request: HttpRequest, obj: Flag | None = None) -> tuple[str, ...]:
        """The name settles who belongs to a share."""
        del request
        return ("name",) if obj else ()

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        return super().get_changeform_initial_data(request) | {"superusers": False}

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        del request
        return {}

    def save_model(self, request: HttpRequest, obj: Flag, form: Any, change: bool) -> None:  # noqa: FBT001 - as above
        if change:
            request.flag_before = flag_as_json(Flag.objects.get(pk=obj.pk))  # type: ignore[attr-defined]
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001 - as above
        super().save_related(request, form, formsets, change)
        if change:
            assert request.user.is_authenticated
            before: dict[str, Any] = request.flag_before  # type: ignore[attr-defined]
            note_flag(form.instance.name, before=before, after=flag_as_json(form.instance), by=request.user)


@admin.register(PolicyChange)
class PolicyChangeAdmin(NeverWritten, ChangeModelAdmin):
    """The log, newest first; nobody writes in it."""

    list_display = ("at", "policy", "by", "before", "after")
    list_filter = ("policy",)
    list_select_related = ("policy", "by")
    date_hierarchy = "at"
    ordering = ("-at", "-pk")
