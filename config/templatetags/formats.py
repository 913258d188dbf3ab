"""How templates write sums."""

from __future__ import annotations

from django import template

from config.lib import formats

register = template.Library()


@register.simple_tag
def money(minor: int, currency: str) -> str:
    """Write a sum, given in the currency's smallest unit."""
    return formats.money(minor, currency)
