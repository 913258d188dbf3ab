"""How templates name why a time of listening does not count."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template

from creators.doubt_words import DOUBT_WORDS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from creators.minutes import Doubt

register = template.Library()


@register.filter
def doubt_words(doubt: Doubt) -> StrOrPromise:
    return DOUBT_WORDS[doubt]
