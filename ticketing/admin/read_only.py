"""What all pages of staff about money have in common: rows of money are looked at, never written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin

from config.lib.never_written import NeverWritten

if TYPE_CHECKING:
    AnyModelAdmin = admin.ModelAdmin[Any]
    AnyInline = admin.TabularInline[Any, Any]
else:
    AnyModelAdmin, AnyInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyAdmin(NeverWritten, AnyModelAdmin):
    """Services write here, and each action calls one."""

    ordering: ClassVar[tuple[str, ...]] = ("-pk",)
    list_per_page = 50
    # Counting a large table for "of 1,000,000" costs more than the page.
    show_full_result_count = False


class ReadOnlyInline(NeverWritten, AnyInline):
    """Rows below another, under the same rule."""

    extra = 0
    can_delete = False
    show_change_link = True
    ordering = ("pk",)
