"""Translations compiled without GNU gettext."""

from __future__ import annotations

import gettext
from typing import TYPE_CHECKING

import pytest

from config.embedded.catalogues import compile_catalogues

if TYPE_CHECKING:
    from pathlib import Path

SOURCE = r"""
msgid ""
msgstr ""
"Language: fr\n"
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n > 1);\n"

msgid "Raise your hand"
msgstr "Lever la main"

#, fuzzy
msgid "Hallway"
msgstr "Couloir ?"

msgid "%d room"
msgid_plural "%d rooms"
msgstr[0] "%d salon"
msgstr[1] "%d salons"
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    source = tmp_path / "config" / "locale" / "fr" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    source.write_text(SOURCE, encoding="utf-8")
    return source


def test_compiled_catalogue_translates_and_leaves_guesses_out(tmp_path: Path, catalogue: Path) -> None:
    assert compile_catalogues(tmp_path) == 1

    with catalogue.with_suffix(".mo").open("rb") as compiled:
        french = gettext.GNUTranslations(compiled)
    assert [french.gettext("Raise your hand"), french.gettext("Hallway")] == ["Lever la main", "Hallway"]
    assert [french.ngettext("%d room", "%d rooms", number) for number in (0, 1, 2)] == [
        "%d salon",
        "%d salon",
        "%d salons",
    ]


def test_catalogue_that_did_not_change_is_not_compiled_again(tmp_path: Path, catalogue: Path) -> None:
    compile_catalogues(tmp_path)

    assert compile_catalogues(tmp_path) == 0
