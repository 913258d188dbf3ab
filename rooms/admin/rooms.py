"""Staff's view of rooms: to look, to end one, to put one forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from config.lib.errors import DomainError
from config.lib.never_written import NeverWritten
from rooms.enums import CancelReason
from rooms.models import ChatMessage, RaisedHand, Room, StageMember
from rooms.services.chat import remove_message
from rooms.services.featuring import put_forward
from rooms.services.lifecycle import end_room
from rooms.services.planning import cancel_room
from rooms.services.removal import remove_person

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.http import HttpRequest

    from accounts.models import User

    RoomModelAdmin = admin.ModelAdmin[Room]
    MessageModelAdmin = admin.ModelAdmin[ChatMessage]
    RoomInline = admin.TabularInline[Any, Room]
else:
    RoomModelAdmin, RoomInline = admin.ModelAdmin, admin.TabularInline
    MessageModelAdmin = admin.ModelAdmin


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


@admin.register(StageMember)
class StageMemberAdmin(NeverWritten, admin.ModelAdmin):  # type: ignore[type-arg] # generic in the stubs only
    """Who is on a stage now. Whoever may change rooms may remove somebody; a host's room is ended instead."""

    list_display = ("user", "room", "role", "muted", "joined_at")
    list_select_related = ("user", "room")
    list_filter = ("role", "room__state")
    search_fields = ("user__handle", "user__display_name", "room__title", "room__public_id")
    ordering = ("-joined_at", "-pk")
    actions = ("remove_now",)

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may remove people; Django asks by the action's name for it."""
        return request.user.has_perm("rooms.change_room")

    @admin.action(description=gettext_lazy("Remove from the room now"), permissions=["remove"])
    def remove_now(self, request: HttpRequest, queryset: QuerySet[StageMember]) -> None:
        """Send the chosen people out of their rooms, and say who could not be."""
        removed = 0
        for member in queryset.select_related("user", "room"):
            try:
                remove_person(member.room.public_id, by=None, person_id=member.user.public_id, staff=True)
            except DomainError as error:
                self.message_user(request, f"{member.user}: {error}", messages.WARNING)
                continue
            self.log_change(request, member.room, _("%(name)s removed by staff.") % {"name": member.user.handle})
            removed += 1
        if removed:
            text = ngettext("%(count)d person is removed.", "%(count)d people are removed.", removed)
            self.message_user(request, text % {"count": removed}, messages.SUCCESS)


@admin.register(Room)
class RoomAdmin(RoomModelAdmin):
    """Rooms, newest first. Whoever has the permission to change rooms may end them, and nothing else."""

    list_display = (
        "title",
        "host",
        "state",
        "language",
        "created_at",
        "starts_at",
        "ended_at",
        "featured_at",
        "public_id",
    )
    list_filter = ("state", "language", ("featured_at", admin.EmptyFieldListFilter))
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
        "entry_rule",
        "guests_listen",
        "ended_at",
        "featured_at",
        "seq",
    )
    readonly_fields = fields
    inlines = (StageInline, HandInline)
    actions = ("end_now", "put_forward_now", "put_back_now")

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

    @admin.action(description=gettext_lazy("Put forward in the hallway"), permissions=["end"])
    def put_forward_now(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Let the chosen rooms come first among their kind; whoever does it has looked at them."""
        self._put(request, queryset, forward=True)

    @admin.action(description=gettext_lazy("No longer put forward"), permissions=["end"])
    def put_back_now(self, request: HttpRequest, queryset: QuerySet[Room]) -> None:
        """Let the chosen rooms stand where their time puts them."""
        self._put(request, queryset, forward=False)

    def _put(self, request: HttpRequest, queryset: QuerySet[Room], *, forward: bool) -> None:
        changed = [room for room in queryset if put_forward(room.public_id, forward=forward)]
        for room in changed:
            self.log_change(request, room, _("Put forward by staff.") if forward else _("No longer put forward."))
        text = ngettext("%(count)d room stands elsewhere now.", "%(count)d rooms stand elsewhere now.", len(changed))
        self.message_user(request, text % {"count": len(changed)}, messages.SUCCESS)

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


@admin.register(ChatMessage)
class ChatMessageAdmin(MessageModelAdmin):
    """What was written in rooms, newest first. Whoever has the permission to change messages may remove their words."""

    list_display = ("text", "user", "room", "created_at", "removed_at", "public_id")
    list_select_related = ("user", "room")
    search_fields = ("text", "public_id", "room__public_id", "user__handle")
    ordering = ("-pk",)
    fields = ("public_id", "room", "user", "text", "created_at", "removed_at")
    readonly_fields = fields
    actions = ("remove_words",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        del request
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ChatMessage | None = None) -> bool:
        del request, obj
        return False

    def has_change_permission(self, request: HttpRequest, obj: ChatMessage | None = None) -> bool:
        """Nobody: what would be changed here, nobody in the room would hear of."""
        del request, obj
        return False

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Say whether this member of staff may remove words; Django asks by the action's name for it."""
        return request.user.has_perm("rooms.change_chatmessage")

    @admin.action(description=gettext_lazy("Remove the words"), permissions=["remove"])
    def remove_words(self, request: HttpRequest, queryset: QuerySet[ChatMessage]) -> None:
        """Take the words of the chosen messages away, for everyone in their rooms."""
        assert request.user.is_authenticated
        there = list(queryset.filter(removed_at=None).select_related("room"))
        for message in there:
            remove_message(message.room.public_id, by=request.user, message_id=message.public_id, staff=True)
            self.log_change(request, message, _("Removed by staff."))
        text = ngettext("%(count)d message was removed.", "%(count)d messages were removed.", len(there))
        self.message_user(request, text % {"count": len(there)}, messages.SUCCESS)
