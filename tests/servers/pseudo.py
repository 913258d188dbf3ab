"""Causerie in a language that nobody speaks: each text is the English one between marks, so that what is not shows."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from tests.servers.embedded import ROOT, Embedded, start_embedded

if TYPE_CHECKING:
    from pathlib import Path

# A language that Django and the CLDR know, of which we have no catalogue.
LANGUAGE = "de"
OPEN, CLOSE = "⟦", "⟧"
# What Causerie is made of, apart from its tests.
PARTS = ("accounts", "config", "creators", "media", "rooms", "templates", "ticketing")
FILES = ("manage.py", "Procfile", "pyproject.toml")

# With everything that only some sites have.
ENVIRONMENT = {"SPEAK": "0", "TERMS_URL": "https://example.org/terms", "PRIVACY_NOTICE_URL": "https://example.org/data"}


def start_pseudo(folder: Path) -> Embedded:
    """Start a copy of Causerie to which nothing but the catalogues of that language was added."""
    copy = folder / "copy"
    for part in PARTS:
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
    for file in FILES:
        shutil.copy(ROOT / file, copy / file)
    for domain in ("django", "djangojs"):
        _translate(
            copy / "config/locale/fr/LC_MESSAGES" / f"{domain}.po",
            copy / "config/locale" / LANGUAGE / "LC_MESSAGES" / f"{domain}.po",
        )
    return start_embedded(folder / "var", environment=ENVIRONMENT, root=copy)


def _translate(source: Path, target: Path) -> None:
    """Write the catalogue of the same texts, each between marks."""
    with source.open("rb") as file:
        known = read_po(file, locale="fr")
    marked = Catalog(locale=LANGUAGE)
    for message in known:
        if message.id:
            marked.add(message.id, _marked(message.id), context=message.context, flags=message.flags)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as file:
        write_po(file, marked)


def _marked(text: str | list[str] | tuple[str, ...]) -> str | tuple[str, ...]:
    return f"{OPEN}{text}{CLOSE}" if isinstance(text, str) else tuple(f"{OPEN}{form}{CLOSE}" for form in text)
