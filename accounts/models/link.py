"""Where else somebody can be found."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

LINKS_MOST = 5
LINK_MAX_LENGTH = 200


class ProfileLink(models.Model):
    """An address on somebody's page; `position` is its place, from 0."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="links")
    position = models.PositiveSmallIntegerField()
    url = models.CharField(_("link"), max_length=LINK_MAX_LENGTH)

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = [
            models.UniqueConstraint(fields=["person", "position"], name="accounts_profilelink_place_unique"),
            models.CheckConstraint(
                condition=models.Q(position__lt=LINKS_MOST), name="accounts_profilelink_few_per_person"
            ),
            models.CheckConstraint(
                condition=models.Q(url__startswith="https://"), name="accounts_profilelink_https_only"
            ),
        ]

    def __str__(self) -> str:
        return self.shown

    @property
    def shown(self) -> str:
        """The address as people read it."""
        return self.url.removeprefix("https://").removeprefix("www.").rstrip("/")
