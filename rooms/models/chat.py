"""What is written in a room while people talk."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from config.lib.public_id import new_public_id
from rooms.models.room import Room

MESSAGE_MAX_LENGTH = 500
MESSAGE_KEY_MAX_LENGTH = 32


class ChatMessage(models.Model):
    """A message. One that was removed keeps its place without its words: so everybody counts the same last fifty."""

    public_id = models.CharField(max_length=14, unique=True, editable=False, default=new_public_id)
    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="chat")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    # The number of the event that told of it.
    seq = models.PositiveBigIntegerField()
    # What its sender calls it: sent again, over a line that had dropped, it is the same message.
    key = models.CharField(max_length=MESSAGE_KEY_MAX_LENGTH)
    text = models.CharField(_("text"), max_length=MESSAGE_MAX_LENGTH, blank=True)
    created_at = models.DateTimeField(_("written"), default=timezone.now)
    removed_at = models.DateTimeField(_("removed"), null=True, blank=True)

    class Meta:
        verbose_name = _("chat message")
        verbose_name_plural = _("chat messages")
        constraints = [
            models.UniqueConstraint(fields=["room", "seq"], name="rooms_chatmessage_seq_once"),
            models.UniqueConstraint(fields=["room", "user", "key"], name="rooms_chatmessage_key_once"),
            models.CheckConstraint(
                condition=(Q(removed_at=None) & ~Q(text="")) | Q(removed_at__isnull=False, text=""),
                name="rooms_chatmessage_words_unless_removed",
            ),
        ]

    def __str__(self) -> str:
        return f"message {self.public_id} in {self.room_id}"


class RefusedWord(models.Model):
    """A word that a host does not want to read in their rooms; only the host knows the list."""

    host = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    word = models.CharField(max_length=50)
    # As rooms.words compares it.
    folded = models.CharField(max_length=1000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "folded"], name="rooms_refusedword_once")]
        ordering = ["id"]

    def __str__(self) -> str:
        return f"word {self.pk} of {self.host_id}"
