"""The languages that pages, people and rooms may have. Models ask here, so that a new one is no migration."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


def offered_languages() -> list[tuple[str, StrOrPromise]]:
    """Return code and name of each, English first."""
    return list(settings.LANGUAGES)
