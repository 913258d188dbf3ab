"""Who may enter whatever the rule says, who may not, and who was sent out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import new_public_id
from rooms.enums import AdmissionKind
from rooms.models.room import Room


class Admission(models.Model):
    """Somebody may enter a room, whatever its rule says; until it is taken back."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="admissions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=AdmissionKind.choices)
    # None: nobody in particular, as for a ticket or for who was there already.
    granted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["room", "user", "kind"], condition=Q(revoked_at=None), name="rooms_admission_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=AdmissionKind.values), name="rooms_admission_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.user_id} in {self.room_id}"


class Ban(models.Model):
    """Somebody may not enter one room, or any of a host's. Lifting it deletes the row."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    host = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("host")
    )
    # None: all of the host's rooms.
    room = models.ForeignKey(
        Room, on_delete=models.CASCADE, null=True, blank=True, related_name="bans", verbose_name=_("room")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", verbose_name=_("person")
    )
    banned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+", verbose_name=_("by")
    )
    created_at = models.DateTimeField(_("since"), default=timezone.now)

    class Meta:
        verbose_name = _("ban")
        verbose_name_plural = _("bans")
        constraints = [
            models.UniqueConstraint(fields=["room", "user"], condition=Q(room__isnull=False), name="rooms_ban_once"),
            models.UniqueConstraint(fields=["host", "user"], condition=Q(room=None), name="rooms_ban_of_host_once"),
            models.CheckConstraint(condition=~Q(user=models.F("host")), name="rooms_ban_not_the_host"),
        ]

    def __str__(self) -> str:
        return f"ban of {self.user_id}"


class Removal(models.Model):
    """Somebody was sent out of a room. Sockets that were opened before know no removal of so high a number."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="removals")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # None: by staff.
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(fields=["room", "user", "-id"], name="rooms_removal_latest"),
            models.Index(fields=["created_at"], name="rooms_removal_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} out of {self.room_id}"
