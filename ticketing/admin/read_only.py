"""What all pages of staff about money have in common: rows of money are looked at, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyModelAdmin, AnyInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(AnyModelAdmin):
    """Nobody adds, changes or deletes here, whatever they may otherwise: services write, and each action calls one."""

    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    list_per_page = 50
    # Counting a large table for "of 1,000,000" costs more than the page.
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False


class ReadOnlyInline(AnyInline):
    """Rows below another, under the same rule."""

    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("pk",)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False
