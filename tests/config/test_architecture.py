"""docs/architecture.md names what the settings name: who hears of what happens elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

from django.conf import settings

APPS = ("accounts", "creators", "media", "rooms", "ticketing")
OURS = re.compile(rf"(?:{'|'.join(APPS)})(?:\.\w+)+")
ROWS = [
    row.strip("| ").split("|")
    for row in (Path(__file__).parents[2] / "docs" / "architecture.md").read_text().splitlines()
    if re.match(r"\| `[A-Z_]+` \|", row)
]
TOLD = {row[0].strip("` "): sorted(OURS.findall(row[-1])) for row in ROWS}


def named_in_settings() -> dict[str, list[str]]:
    """Return the settings of which each is a list of functions of ours, or one, by dotted path."""
    found = {}
    for name in dir(settings):
        # Those are allauth's own.
        value = getattr(settings, name) if name.isupper() and not name.endswith("_ADAPTER") else None
        paths = [value] if isinstance(value, str) else value
        if not isinstance(paths, list) or not paths or not all(isinstance(path, str) for path in paths):
            continue
        if all(OURS.fullmatch(path) and path.count(".") > 1 for path in paths):
            found[name] = sorted(paths)
    return found


def test_each_handler_stands_in_the_table_and_no_other() -> None:
    named = named_in_settings()
    assert len(named) > 20
    assert {name: TOLD.get(name) for name in named} == named


def test_no_setting_has_two_rows() -> None:
    assert len(TOLD) == len(ROWS)
