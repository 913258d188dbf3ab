"""What makes the site an application on somebody's device: its manifest, its worker, its page without a network."""

from __future__ import annotations

import hashlib
import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from accounts.notices.push_keys import can_push, public_key
from config.modules import module_graph
from config.problem_page import ProblemPage, Way
from config.static_storage import STYLESHEET, words_name

if TYPE_CHECKING:
    from django.http import HttpRequest

# Paper in the light theme, as tokens.css has it: a manifest can name one colour only; pages name the dark one too.
PAPER = "#f9f4ec"
MODULES = ("site/js/site.js", "rooms/js/app.js", "rooms/js/room_page.js")
FILES = (
    STYLESHEET,
    "django_htmx/htmx-2.min.js",
    "site/icons.svg",
    "site/mark.svg",
    "site/icons/icon-192.png",
    "site/fonts/radio-canada-latin.woff2",
    "site/fonts/young-serif-latin.woff2",
)


@require_safe
@cache_control(max_age=3600)
def manifest(request: HttpRequest, language: str) -> JsonResponse:
    """Tell how the site is installed, in that language."""
    del request
    with translation.override(_known(language)):
        return JsonResponse(_manifest(language), content_type="application/manifest+json")


@require_safe
def offline(request: HttpRequest, language: str) -> HttpResponse:
    """Show what a service worker keeps for the time without a network; it is the same for everybody."""
    del request
    return HttpResponse(_offline_page(_known(language)))


@require_safe
@cache_control(no_cache=True)
def service_worker(request: HttpRequest) -> HttpResponse:
    """Return the service worker, without hashed files one that only takes pushes, or the one that ends its own kind."""
    del request
    if settings.SERVICE_WORKER:
        script = _worker()
    elif settings.PUSH_WORKER:
        script = f"{_source('only_push')}\n{_push()}"
    else:
        script = _source("retire")
    return HttpResponse(script, content_type="text/javascript; charset=utf-8")


@require_safe
@cache_control(max_age=86_400)
def robots(request: HttpRequest) -> HttpResponse:
    """Let search engines in, but for what is nobody's page."""
    del request
    lines = ["User-agent: *", "Disallow: /accounts/", "Disallow: /staff/", "Disallow: /api/", "Disallow: /settings/"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")


def _known(language: str) -> str:
    if language not in dict(settings.LANGUAGES):
        raise Http404
    return language


def _manifest(language: str) -> dict[str, Any]:
    return {
        "id": "/",
        "scope": "/",
        "start_url": reverse("rooms:hallway"),
        "name": "Causerie",
        "short_name": "Causerie",
        "description": _("Live rooms where people talk and listen, easily."),
        "lang": language,
        "dir": "ltr",
        "display": "standalone",
        "background_color": PAPER,
        "theme_color": PAPER,
        "categories": ["social"],
        "icons": [
            _icon("icon-192.png", 192),
            _icon("icon-512.png", 512),
            _icon("maskable-192.png", 192, "maskable"),
            _icon("maskable-512.png", 512, "maskable"),
        ],
        "shortcuts": [
            {
                "name": _("Start a room"),
                "url": reverse("rooms:create"),
                "icons": [_icon("start-96.png", 96)],
            }
        ],
    }


def _icon(file: str, size: int, purpose: str = "any") -> dict[str, str]:
    return {
        "src": static(f"site/icons/{file}"),
        "sizes": f"{size}x{size}",
        "type": "image/png",
        "purpose": purpose,
    }


@cache
def _offline_page(language: str) -> str:
    with translation.override(language):
        # The worker fills in the address of the page that could not be fetched.
        problem = ProblemPage("away", _("No connection"), [Way("", _("Try again"))])
        error = _("Your device is offline, or Causerie is away for a moment. What you wanted is still there.")
        return render_to_string("lone_problem.html", {"problem": problem, "error": error})


@cache
def _worker() -> str:
    languages = [code for code, _name in settings.LANGUAGES]
    names = [*FILES, *module_graph(*MODULES), *(words_name(code) for code in languages)]
    shell = {
        "files": [static(name) for name in names],
        "offline": {code: reverse("offline", args=[code]) for code in languages},
    }
    # Whatever changes in a release changes this, and with it the worker, which is how a browser notices the release.
    content = json.dumps(shell) + "".join(_offline_page(code) for code in languages)
    version = hashlib.sha256(content.encode()).hexdigest()[:12]
    return f"self.SHELL = {json.dumps(shell | {'version': version})};\n{_source('shell')}\n{_push()}"


def _push() -> str:
    facts = {"PUSH_ICON": static("site/icons/icon-192.png"), "PUSH_KEY": public_key() if can_push() else ""}
    said = "".join(f"self.{name} = {json.dumps(value)};\n" for name, value in facts.items())
    return f"{said}{_source('push')}"


def _source(name: str) -> str:
    return Path(str(finders.find(f"site/js/worker/{name}.js"))).read_text(encoding="utf-8")
