"""What the style guide shows: people and rooms that do not exist, with the names that break layouts."""

from __future__ import annotations

import math
from datetime import timedelta
from typing import Any

from django import forms as django_forms
from django.core.paginator import Paginator
from django.templatetags.static import static
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Notification, User
from accounts.notices.kinds import kind_named, words_of
from accounts.policies.rules import Decision, Facts, Purpose, Rule, RuleKind, Terms, evaluate
from accounts.policies.words import Refusal
from accounts.selectors.people import drawing_url
from config.lib.charts import BarChart, LineChart, Series
from config.lib.formats import number
from config.styleguide import colours
from rooms.enums import Reaction

_LINK = {"kind": "link", "url": "https://example.org/rue", "title": "Le bruit des villes", "site": "example.org"}
LONG_NAME = "Anne-Sophie Vandenbroucke-Delacroix-Roux"
NAMES = (
    "Maïwenn Le Goff",
    "Jean-Baptiste Oyono",
    "Saoirse Byrne",
    LONG_NAME,
    "Kofi Mensah",
    "Leïla Haddad",
    "Tomasz Zieliński",
    "Io",
    "Lucía Ferrer",
    "Olufunmilayo Adebayo-Richardson-Whitlock",
    "Oskar Lindqvist",
    "Fatou Diallo",
    "Émile Duroc",
)
LONG_TITLE = "Bibliothèques ouvertes le dimanche : qui paie, qui travaille, qui vient, et qu’y fait-on vraiment"
LONG_WORD = "anticonstitutionnellement"
# Days of a chart that has many.
YEAR = 365
# One rem as it is unless somebody asks their browser for larger text.
REM_PX = 16


def person(index: int) -> dict[str, str]:
    """Return somebody as pages know people."""
    name = NAMES[index % len(NAMES)]
    key = f"guide{index:09}"
    return {"id": key, "handle": f"guide{index}", "name": name, "portrait": drawing_url(key)}


def nothing() -> dict[str, Any]:
    """Return what a family needs that shows only itself."""
    return {}


def foundations() -> dict[str, Any]:
    """Return the tokens with their values, and how far each pair of colours stands apart."""
    tokens = colours.tokens()
    return {
        "swatches": [_swatch(name) for name, value in tokens.items() if _is_colour(name, value)],
        "pairs": _measured(),
        "sizes": ("text-xs", "text-s", "text-m", "title-s", "title-m", "title-l", "title-xl"),
        "spaces": [(name, _px(value)) for name, value in tokens.items() if name.startswith("space-")],
        "radii": [(name, _px(value)) for name, value in tokens.items() if name.startswith("radius-")],
        "times": [(name, value) for name, value in tokens.items() if name.startswith(("time-", "ease-"))],
    }


def _is_colour(name: str, value: str) -> bool:
    return "shade" not in name and "shadow" not in name and ("oklch(" in value or "var(--velvet" in value)


def _swatch(name: str) -> dict[str, str]:
    light, dark = (colours.as_hex(colours.colour(name, theme)) for theme in colours.THEMES)
    return {"name": name, "light": light, "dark": dark}


def _measured() -> list[dict[str, Any]]:
    """Return each pair once, with its contrast in either theme."""
    by_name: dict[tuple[str, str], dict[str, Any]] = {}
    for pair in colours.pairs():
        row = by_name.setdefault(
            (pair.colour, pair.ground), {"colour": pair.colour, "ground": pair.ground, "least": pair.least}
        )
        row[pair.theme] = pair.ratio
    return list(by_name.values())


def _px(value: str) -> float:
    return float(value.removesuffix("rem")) * REM_PX if value.endswith("rem") else float(value.removesuffix("px"))


def people() -> dict[str, Any]:
    """Return people, seats with every mark, and heads of an audience."""
    marks: list[dict[str, Any]] = [
        {"role": "host"},
        {"role": "cohost", "muted": True},
        {"role": "speaker", "away": True},
        {"role": "speaker", "muted": True},
    ]
    return {
        "people": [person(index) for index in range(5)],
        "long": person(3),
        "seats": [_seat(index, **mark) for index, mark in enumerate(marks)],
        "heads": [{"person": person(20 + index), "me": index == 0, "raised": index in {2, 5}} for index in range(12)],
    }


def _seat(index: int, *, role: str, muted: bool = False, away: bool = False) -> dict[str, Any]:
    somebody = person(index)
    name = somebody["name"]
    return {"person": somebody, "role": role, "muted": muted, "away": away, "name": name, "label": name}


def ties() -> dict[str, Any]:
    """Return what people have to do with each other and with the site: lists, news, rules, a copy of their data."""
    return {
        "cards": [person(index) for index in (0, 3, 7)],
        "entries": told(),
        "refusal": Refusal(_refused()),
        "export": {"state": "ready", "public_id": "guide000000000", "size": 48_300_000, "expires_at": timezone.now()},
    }


def told() -> list[dict[str, Any]]:
    """Return notifications as the list has them: from a person, of a room with a long name, of the site."""
    actor = User(public_id="guide000000003", handle="guide3", display_name=LONG_NAME)
    rows = [
        Notification(kind="live", key="guide", actor=actor, data={"title": LONG_TITLE}),
        Notification(kind="followed", key="guide", actor=actor, read_at=timezone.now()),
        Notification(kind="security", key="guide", data={"what": "email_added"}),
    ]
    return [{"row": row, "words": words_of(row), "icon": kind_named(row.kind).icon} for row in rows]


def _refused() -> Decision:
    """Return the answer to somebody who may not yet host, by either of two ways."""
    followers, age = Rule(RuleKind.FOLLOWERS, least=600), Rule(RuleKind.ACCOUNT_AGE, least=30)
    ways = ((followers, age, Rule(RuleKind.VERIFIED_EMAIL)), (Rule(RuleKind.INVITED),))
    return evaluate(Terms(Purpose.HOST, ways), Facts(followers=412, age_days=45))


class SampleForm(django_forms.Form):
    """Fields of each kind."""

    name = django_forms.CharField(label="Nom", help_text="Celui que les autres voient.", max_length=50)
    about = django_forms.CharField(label="Présentation", widget=django_forms.Textarea, required=False)
    secret = django_forms.CharField(label="Mot de passe", widget=django_forms.PasswordInput, required=False)
    language = django_forms.ChoiceField(label="Langue", choices=[("fr", "Français"), ("en", "English")])
    closed = django_forms.CharField(label="Adresse", initial="ines@example.org", disabled=True, required=False)
    agreed = django_forms.BooleanField(label="J’ai lu les règles de la maison")


def forms() -> dict[str, Any]:
    """Return a form before and after it was filled in wrongly."""
    wrong = SampleForm({"name": LONG_NAME * 2, "about": LONG_WORD, "language": "fr"}, auto_id="wrong_%s")
    wrong.is_valid()
    return {"form": SampleForm(), "wrong": wrong}


def rooms() -> dict[str, Any]:
    """Return rooms as cards, from an empty one to a full one, and what stands beside a stage."""
    return {
        "cards": [card(index, stage) for index, stage in enumerate((1, 3, 5, 13))],
        "lead": card(4, 5),
        "hands": [
            {"person": person(8), "pinned": True, "reason": "I drive a delivery van at night."},
            {"person": person(9)},
            {"person": person(3), "reason": LONG_TITLE},
        ],
        "said": [
            {"id": "m1", "person": person(8), "text": "https://example.org/rue", "at": "20:31"},
            {"id": "m2", "person": person(9), "text": "Donaudampfschifffahrtsgesellschaftskapitän", "at": "20:32"},
            {"id": "m3", "person": person(3), "text": _("This message was removed."), "at": "20:33", "removed": True},
        ],
        "put_up": [
            {**_LINK, "id": "b1", "pinned": True, "person": person(8), "picture": static("site/icons/icon-512.png")},
            {**_LINK, "id": "b2", "person": person(9)},
            {**_LINK, "id": "b3", "person": person(3), "state": "loading", "title": "", "site": "example.org/rue"},
            {**_LINK, "id": "b4", "person": person(3), "state": "failed", "title": "example.org/rue", "site": ""},
            {"id": "b5", "kind": "note", "person": person(8), "text": "Réveil en chanson, 08:30\nexample.org"},
        ],
        "reactions": Reaction.choices,
    }


def card(index: int, stage: int) -> dict[str, Any]:
    """Return a room as a card in the hallway shows it, with so many on its stage."""
    title = LONG_TITLE if index == 1 else ("Why are our cities so loud at night?", "Jazz", "First garden")[index % 3]
    return {
        "id": f"guideroom{index}",
        "title": title,
        "description": "Bakers, nurses, people who cannot sleep: what does your street sound like at three o’clock?",
        "language": "fr" if index == 1 else "en",
        "started_at": timezone.now() - timedelta(minutes=7 * index + 1),
        "recording": index == 2,
        "people": (3, 300, 30_000)[index % 3],
        "guests": index,
        "host": person(index),
        "stage": [person(index + place) for place in range(stage)],
    }


def voices() -> dict[str, Any]:
    """Return outlines of something said: usual, silent, without an outline; and rooms to hear again."""
    peaks = [round(50 + 45 * math.sin(step / 3) * math.sin(step / 11)) for step in range(120)]
    began = timezone.now() - timedelta(days=2)
    lasting = (4_360_000, 58_000, 3_248_000)
    replays = [
        {**card(index, 1), "began": began, "duration_ms": lasting[index], "peaks": peaks if index != 1 else []}
        for index in range(3)
    ]
    return {"peaks": peaks, "silence": [0] * 120, "replays": replays}


def tickets() -> dict[str, Any]:
    """Return moments to count down to."""
    now = timezone.now()
    return {"soon": now + timedelta(minutes=9, seconds=59), "far": now + timedelta(hours=27), "past": now}


def figures() -> dict[str, Any]:
    """Return charts of every shape, and pages to turn."""
    return {
        "bar_charts": _bar_charts(),
        "line_charts": _line_charts(),
        "pages": [Paginator(range(95), 10).page(number) for number in (1, 4, 10)],
    }


def _bar_charts() -> list[BarChart]:
    tickets, tips, fund, balance = _("Tickets"), _("Tips"), _("Fund"), _("Balance")
    months = ["01", "02", "03", "04", "05", "06"]
    return [
        BarChart(labels, series, **_words(series))
        for labels, series in (
            (months, [Series(tickets, [320, 410, 0, 515, 480, 620]), Series(tips, [20, 35, 12, 60, 44, 80])]),
            (months[:3], [Series(tickets, [3, 4, 5]), Series(tips, [1, 2, 1]), Series(fund, [2, 0, 4])]),
            (months[:3], [Series(balance, [120, -45, 60])]),
            (months[:3], [Series(tips, [0, 0, 0])]),
            ([], [Series(tickets, [])]),
        )
    ]


def _line_charts() -> list[LineChart]:
    listeners = _("Listeners")
    months = ["01", "02", "03", "04", "05", "06"]
    year = [round(300 + 200 * math.sin(day / 20)) for day in range(YEAR)]
    return [
        LineChart(labels, series, **_words(series))
        for labels, series in (
            (months, [Series(listeners, [12, 48, None, 96, 180, 312])]),
            (months[:3], [Series(_("This room"), [5, 40, 80]), Series(_("Usually"), [10, 25, 30])]),
            ([str(day + 1) for day in range(YEAR)], [Series(listeners, year)]),
            (months[:1], [Series(listeners, [7])]),
            ([], [Series(listeners, [])]),
        )
    ]


def _words(series: list[Series]) -> dict[str, Any]:
    return {
        "title": ", ".join(one.name for one in series),
        "corner": _("Month"),
        "written": number,
    }


def room_paths() -> list[str]:
    """Return the addresses of whole rooms in the guide."""
    from config.styleguide import door, earnings, orders, planned, rooms, sales

    return [*rooms.paths(), *planned.paths(), *door.door_paths(), *orders.paths(), *sales.paths(), *earnings.paths()]
