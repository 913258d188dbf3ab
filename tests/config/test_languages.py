"""Languages: a catalogue is all that another one needs, and what is wrong with a catalogue is found."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from django.conf import settings

from tests.tools.messages import languages, mistakes

ROOT = Path(__file__).parents[2]
ASK = """
import django; django.setup()
from config.embedded.catalogues import compile_catalogues
from django.conf import settings
from django.utils import translation
from pathlib import Path
from rooms.forms import RoomForm
compile_catalogues(Path(settings.BASE_DIR))
with translation.override("de"):
    form = RoomForm()
    languages = [code for code, _ in settings.LANGUAGES]
    print(languages, dict(form.fields["language"].choices)["de"], form.fields["title"].label)
"""


def test_every_catalogue_is_a_language_and_english_leads() -> None:
    assert [code for code, _name in settings.LANGUAGES] == ["en", *languages()]


def test_third_language_needs_only_a_catalogue(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    for part in ("config", "accounts", "media", "rooms", "ticketing", "creators", "templates"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__", "*.woff2", "*.opus"))
    german = copy / "config" / "locale" / "de" / "LC_MESSAGES"
    german.mkdir(parents=True)
    (german / "django.po").write_text(
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=UTF-8\\n"\n'
        '"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "What will you talk about?"\nmsgstr "Worüber wollen Sie reden?"\n',
        encoding="utf-8",
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CAUSERIE", "DATABASE"))}
    environment |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "CAUSERIE_ENV": "embedded",
        "VAR_DIR": str(tmp_path / "var"),
        "PYTHONIOENCODING": "utf-8",
    }

    ran = subprocess.run(
        [sys.executable, "-c", ASK], cwd=copy, env=environment, capture_output=True, text=True, check=False, timeout=120
    )

    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.strip() == "['en', 'de', 'fr'] Deutsch Worüber wollen Sie reden?"


@pytest.mark.parametrize(
    ("english", "french", "why"),
    [
        ("Hello %(name)s", "Bonjour %(nom)s", "unknown named placeholder 'nom'"),
        ("Really?", "Vraiment?", "no space before the sign"),
        ("Really?", "Vraiment ?", "a breaking space beside the sign; U+00A0 belongs there"),
        ("“Jazz”", "«Jazz\u00a0»", "no space after «"),
        ("“Jazz”", "« Jazz\u00a0»", "a breaking space beside the sign; U+00A0 belongs there"),
        ("300", "1\u202f000", "U+202F, which the fonts lack; use U+00A0"),
        ("The room", "L'endroit", "a straight apostrophe; use ’"),
        ("Come", "Venez\u00a0!", "an exclamation mark"),
        ("Your room", "Ton salon", "« tu »; people are addressed as « vous »"),
    ],
)
def test_mistake_in_french_is_found(english: str, french: str, why: str) -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add(english, french, flags=["python-format"] if "%" in english else [])

    assert [found.rsplit(": ", 1)[0] for found in mistakes(catalogue, "fr")] == [why]


@pytest.mark.parametrize(
    "french",
    [
        "Vraiment\u00a0?",
        "«\u00a0Jazz\u00a0»",
        "20:30",
        "https://example.org",
        "Deux ; non",
        "L’endroit",
        "<b>Salon</b>",
    ],
)
def test_right_french_is_left_alone(french: str) -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add("x", french.replace(" ;", "\u00a0;"))

    assert list(mistakes(catalogue, "fr")) == []
