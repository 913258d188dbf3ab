"""Staff's view of rooms: to look, and to end one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from rooms.enums import CancelReason
from rooms.models import RaisedHand, Room, StageMember
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from accounts.models import User

    RoomModelAdmin = admin.ModelAdmin[Room]
    RoomInline = admin.TabularInline[Any, Room]
else:
    RoomModelAdmin, RoomInline = admin.ModelAdmin, admin.TabularInline


class ReadOnlyInline(RoomInline):
    """Rows below a room that only the room's own services change."""

    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        del request, obj
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("user").order_by("pk")


class StageInline(ReadOnlyInline):
    model = StageMember
    fields = ("user", "role", "muted", "joined_at")
    verbose_name_plural = gettext_lazy("stage")


class HandInline(ReadOnlyInline):
    model = RaisedHand
    fields = ("user", "raised_at")
    verbose_name_plural = gettext_lazy("raised hands")


@admin.register(Room)
class RoomAdmin(RoomModelAdmin):
    """Rooms, newest first. Whoever has the permission to change rooms may end them, and nothing else."""

    list_display = ("title", "host", "state", "language", "created_at", "starts_at", "ended_at", "public_id")
    list_filter = ("state", "language")
    list_select_related = ("host",)
    search_fields = ("title", "public_id", "host__handle", "host__display_name")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    fields = (
        "public_id",
        "title",
        "description",
        "language",
        "state",
        "host",
        "created_at",
        "starts_at",
        "live_at",
        "ended_at",
        "seq",
    )
    readonly_fields = fields
    inlines = (StageInline, HandInline)
    actions = ("end_now",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: Room | None = None) -> bool:
        """Nobody: what would be changed here, nobody in the room would hear of."""
        del request, obj
        return False

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may end rooms; Django asks by the action's name for it."""
        return request.user.has_perm("rooms.change_room")

    @staticmethod
    def _end(room: Room, by: User) -> bool:
        """End it, or cancel it if it has not begun; return whether there was anything to do."""
        if room.is_coming:
            return cancel_room(room.public_id, by=by, staff=True, reason=CancelReason.STAFF)
        return end_room(room.public_id, by=by, staff=True)

    @admin.action(description=gettext_lazy("End room now"), permissions=["end"])
    def end_now(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """End the chosen rooms for everyone in them, and say which were over already."""
        ended, over = 0, 0
        assert request.user.is_authenticated
        for room in queryset:
            if self._end(room, request.user):
                self.log_change(request, room, _("Ended by staff."))
                ended += 1
            else:
                over += 1
        if ended:
            text = ngettext("%(count)d room has ended.", "%(count)d rooms have ended.", ended)
            self.message_user(request, text % {"count": ended}, messages.SUCCESS)
        if over:
            text = ngettext("%(count)d room was over already.", "%(count)d rooms were over already.", over)
            self.message_user(request, text % {"count": over}, messages.INFO)
