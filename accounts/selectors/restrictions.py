"""What staff have closed for somebody, now: whatever a feature does for a person asks here first."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.enums import Feature
from accounts.errors import FeatureClosedError
from accounts.models import Restriction
from accounts.time_zones import is_time_zone
from config.lib.formats import moment

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from accounts.models import User


def restrictions_in_force() -> QuerySet[Restriction]:
    """Return what is closed for anybody at this moment: a time that is over lifts by itself."""
    return Restriction.objects.filter(Q(until=None) | Q(until__gt=timezone.now()), lifted_at=None)


def is_closed(person: User, feature: Feature) -> bool:
    """Say whether staff have closed this for the person."""
    return restrictions_in_force().filter(user=person, feature=feature).exists()


def check_open(person: User, feature: Feature) -> None:
    """Stop somebody at what is closed for them: they read why, until when, and where to object.

    Raises FeatureClosedError.
    """
    found = restrictions_in_force().filter(user=person, feature=feature).order_by("-pk").first()
    if found is None:
        return
    words = _("%(closed)s %(reason)s To object, write to those who run this site.") % {
        "closed": closed_words(feature, found.until, zone=person.time_zone),
        "reason": found.reason,
    }
    until = found.until.isoformat() if found.until else None
    raise FeatureClosedError(words, members={"feature": feature.value, "until": until, "reason": found.reason})


def closed_words(feature: Feature, until: datetime | None, *, zone: str = "") -> StrOrPromise:
    """Return in a sentence what is closed for whoever reads it; the moment by their clock, if they have chosen one."""
    if until is None:
        return {
            Feature.HOST: _("Staff have closed hosting rooms for you."),
            Feature.SPEAK: _("Staff have closed speaking in rooms for you."),
            Feature.CHAT: _("Staff have closed writing in rooms for you."),
            Feature.REPORT: _("Staff have closed reporting for you."),
        }[feature]
    with timezone.override(zone) if is_time_zone(zone) else nullcontext():
        when = {"moment": moment(until)}
    return {
        Feature.HOST: _("Staff have closed hosting rooms for you until %(moment)s."),
        Feature.SPEAK: _("Staff have closed speaking in rooms for you until %(moment)s."),
        Feature.CHAT: _("Staff have closed writing in rooms for you until %(moment)s."),
        Feature.REPORT: _("Staff have closed reporting for you until %(moment)s."),
    }[feature] % when
