"""Staff's table of topics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import admin

from rooms.models import Topic

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpRequest

    TopicModelAdmin = admin.ModelAdmin[Topic]
else:
    TopicModelAdmin = admin.ModelAdmin


@admin.register(Topic)
class TopicAdmin(TopicModelAdmin):
    """Added, renamed and put away, never deleted: rooms are about them, and people follow them."""

    list_display = ("slug", "name_en", "name_fr", "is_offered")
    list_filter = ("is_offered",)
    search_fields = ("slug", "name_en", "name_fr")
    ordering = ("slug",)
    fields = ("slug", "name_en", "name_fr", "is_offered")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Keep the address of a topic: links lead there."""
        del request
        return ("slug",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False
