"""Where a page's files are, and which of them a browser should fetch before it finds out by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django import template
from django.conf import settings
from django.templatetags.static import static
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import get_language

from config.modules import module_graph
from config.static_storage import words_name

if TYPE_CHECKING:
    from django.utils.safestring import SafeString

register = template.Library()


@register.simple_tag
def words_url() -> str:
    """Return the address of the interface's words for JavaScript, in the page's language."""
    if settings.STATIC_HASHED:
        return static(words_name(get_language() or settings.LANGUAGE_CODE))
    return reverse("javascript-catalog")


@register.simple_tag
def module_preloads(*entries: str) -> SafeString:
    """Let the browser fetch these modules and all that they import at once, not level by level.

    Pages can be read without them: letters and pictures go first.
    """
    return format_html_join(
        "\n",
        '<link rel="modulepreload" href="{}" fetchpriority="low">',
        ((static(name),) for name in module_graph(*entries)),
    )


@register.simple_tag
def service_worker_url() -> str:
    """Return the address of the service worker; empty while none is wanted."""
    return reverse("service-worker") if settings.SERVICE_WORKER else ""
