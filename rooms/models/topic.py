"""What rooms are about: a table that staff keep, what each room chose of it, and who follows what."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from rooms.models.room import Room

TOPIC_NAME_MAX_LENGTH = 40
# So many a room may have; they are told apart by their place, so the database holds the limit as well.
TOPICS_PER_ROOM = 3


class Topic(models.Model):
    """Something that people talk about. Its names are staff's to change, its address is not."""

    slug = models.SlugField(_("address"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=TOPIC_NAME_MAX_LENGTH)
    name_fr = models.CharField(_("name in French"), max_length=TOPIC_NAME_MAX_LENGTH)
    # Of one that is put away nothing is lost: rooms that have it keep it, but none can choose it any more.
    is_offered = models.BooleanField(_("can be chosen"), default=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        constraints = [
            models.CheckConstraint(
                condition=~Q(slug="") & ~Q(name_en="") & ~Q(name_fr=""), name="rooms_topic_has_names"
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        """What it is called in the language of the page."""
        return self.name_fr if (get_language() or "").startswith("fr") else self.name_en


class RoomTopic(models.Model):
    """That a room is about a topic; the first one leads."""

    room = models.ForeignKey(Room, on_delete=models.CASCADE, related_name="chosen_topics")
    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="chosen_by")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["room", "topic"], name="rooms_roomtopic_once"),
            models.UniqueConstraint(fields=["room", "place"], name="rooms_roomtopic_one_a_place"),
            models.CheckConstraint(condition=Q(place__lt=TOPICS_PER_ROOM), name="rooms_roomtopic_few"),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id} of {self.room_id}"


class TopicFollow(models.Model):
    """Somebody follows a topic: rooms about it come sooner in their hallway."""

    topic = models.ForeignKey(Topic, on_delete=models.CASCADE, related_name="follows")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="topic_follows")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "topic"], name="rooms_topicfollow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} follows {self.topic_id}"
