"""Makes topics: tests that empty the tables also empty the one that a migration has filled."""

from __future__ import annotations

from rooms.models import Topic


def topic(slug: str, english: str = "", french: str = "") -> Topic:
    """Return the topic at this address, made if it is not there."""
    names = {"name_en": english or slug.capitalize(), "name_fr": french or slug.capitalize()}
    return Topic.objects.update_or_create(slug=slug, defaults=names)[0]
