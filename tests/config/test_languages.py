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

from tests.tools import messages
from tests.tools.messages import differences, languages, mistakes

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
        ("Hello %(name)s", "Bonjour", "other places for values"),
        ("%(count)s %", "%(count)s", "other places for values"),
        ("{allowed}", "{permis}", "other places for values"),
        ("The hand", "The hand", "the same as in English"),
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
    catalogue.add(english, french)

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


def test_placeholder_that_python_would_not_know_is_found() -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add("Hello %(name)s", "Bonjour %(nom)s", flags=["python-format"])

    assert list(mistakes(catalogue, "fr")) == [
        "unknown named placeholder 'nom': Hello %(name)s", "other places for values: Hello %(name)s"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("forms", "found"),
    [
        (("Une réponse", "%(count)s réponses"), []),
        (("%(count)s réponse", "%(count)s réponses"), []),
        (("Une réponse", "Des réponses"), ["other places for values: One answer / %(count)s answers"]),
        (("%(n)s réponse", "%(count)s réponses"), ["other places for values: One answer / %(count)s answers"]),
        (("%(count)s réponses",), ["Wrong number of plural forms (expected 2): One answer / %(count)s answers"]),
    ],
)
def test_plural_has_every_form_with_its_places(forms: tuple[str, ...], found: list[str]) -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add(("One answer", "%(count)s answers"), forms)

    assert list(mistakes(catalogue, "fr")) == found


def test_word_that_is_the_same_in_french_is_left_alone() -> None:
    catalogue = Catalog(locale="fr")
    catalogue.add("Menu", "Menu")

    assert (list(mistakes(catalogue, "fr")), list(mistakes(catalogue, "de"))) == ([], ["the same as in English: Menu"])


def test_text_in_other_words_before_and_after_the_script_runs_is_found() -> None:
    server, browser = Catalog(locale="fr"), Catalog(locale="fr")
    for catalogue, french in ((server, "Enregistrer"), (browser, "Commencer")):
        catalogue.add("Record", french)
        catalogue.add("Muted", "Micro coupé")
        catalogue.add("Space", french, context="key" if catalogue is browser else None)

    assert list(differences(server, browser)) == ["not the same in both catalogues: Record"]


def test_catalogue_that_somebody_saves_meanwhile_is_brought_up_to_date_after_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    catalogue = tmp_path / "config" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text("old\n")
    runs: list[str] = []

    def collect(root: Path) -> None:
        copy = root / catalogue.relative_to(tmp_path)
        runs.append(copy.read_text())
        copy.write_text(f"{copy.read_text()}collected\n")
        if len(runs) == 1:
            catalogue.write_text("translated\n")

    monkeypatch.setattr(messages, "languages", lambda: ["fr"])
    monkeypatch.setattr(messages, "collect", collect)
    messages.renew(tmp_path)

    assert (runs, catalogue.read_text()) == (["old\n", "translated\n"], "translated\ncollected\n")


def test_catalogue_that_changes_again_and_again_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    catalogue = tmp_path / "config" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_text("")
    monkeypatch.setattr(messages, "languages", lambda: ["fr"])
    monkeypatch.setattr(messages, "collect", lambda _root: catalogue.write_text(f"{catalogue.read_text()}x"))

    with pytest.raises(SystemExit, match="changed again and again"):
        messages.renew(tmp_path)

    assert catalogue.read_text() == "x" * messages.ATTEMPTS
