"""Static files as production serves them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage
from django.core.management import call_command
from django.test import override_settings

from config.static_storage import STYLESHEET, ModuleManifestStorage, without_comments, words_name

if TYPE_CHECKING:
    from collections.abc import Iterator

STORAGES = {"staticfiles": {"BACKEND": "config.static_storage.ModuleManifestStorage"}}
SOURCES = [settings.BASE_DIR / "config" / "static", settings.BASE_DIR / "rooms" / "static"]
IMPORTED = re.compile(r"""(?:from|import|import\() ?["'](\.[^"']+)["']""")
HASHED = re.compile(r"[./a-z_-]+\.[0-9a-f]{12}\.js")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return where everything was collected; compressing takes seconds, so once for all tests."""
    root = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=root, STORAGES=STORAGES, DEBUG=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        yield root


def stored(collected: Path, name: str) -> Path:
    storage: Any = staticfiles_storage
    return collected / str(storage.stored_name(name))


def our_modules(collected: Path) -> list[Path]:
    return [path for folder in ("site/js", "rooms/js") for path in sorted((collected / folder).glob("*.js"))]


def test_collected_files_all_carry_a_hash(collected: Path) -> None:
    named = [path.relative_to(collected) for path in collected.rglob("*") if path.is_file()]

    plain = [str(path) for path in named if not re.search(r"\.[0-9a-f]{12}(\.[a-z0-9]+)?(\.br|\.gz)?$", path.name)]

    # Only the list of names itself.
    assert plain == ["staticfiles.json"]


def test_modules_import_each_other_by_hashed_names(collected: Path) -> None:
    imports = {path: [*IMPORTED.findall(path.read_text(encoding="utf-8"))] for path in our_modules(collected)}

    assert sum(map(len, imports.values())) > 100
    assert [name for found in imports.values() for name in found if not HASHED.fullmatch(name)] == []
    assert [name for path, found in imports.items() for name in found if not (path.parent / name).is_file()] == []


def test_modules_of_one_release_share_a_hash(collected: Path) -> None:
    assert len({path.name.split(".")[1] for path in our_modules(collected)}) == 1


def made_of(root: Path, modules: dict[str, str]) -> dict[str, str]:
    """Collect these modules and nothing else; return their names with the hash."""
    storage = ModuleManifestStorage(location=root, base_url="/static/")
    files = {STYLESHEET: "", **modules}
    for name, text in files.items():
        storage.save(name, ContentFile(text))
    done = storage.post_process({name: (FileSystemStorage(root), name) for name in files})
    return {name: hashed for name, hashed, _processed in done if name in modules and hashed.endswith(".js")}


def test_modules_that_import_each_other_in_a_circle_are_renamed(tmp_path: Path) -> None:
    names = made_of(
        tmp_path,
        {
            "rooms/js/one.js": 'import { two } from "./two.js";\nexport const one = () => two;',
            "rooms/js/two.js": 'import { one } from "./one.js";\nexport const two = () => one;',
        },
    )

    two = Path(names["rooms/js/two.js"]).name
    assert (tmp_path / names["rooms/js/one.js"]).read_text() == (
        f'import {{ two }} from "./{two}";\nexport const one = () => two;'
    )


@pytest.mark.parametrize(
    ("script", "sent"),
    [
        ("/** What it is for. */\nlet a = 1;\n", "let a = 1;\n"),
        ("/**\n * Two lines,\n * and types.\n */\nlet a = 1;\n", "let a = 1;\n"),
        ("  // Why.\n  let a = 1;\n", "  let a = 1;\n"),
        ("let a = /** @type {any} */ (b);\n", "let a = /** @type {any} */ (b);\n"),
        ("/** @type {any} */ let a = 1;\n", "/** @type {any} */ let a = 1;\n"),
        ('let a = "// no comment";\n', 'let a = "// no comment";\n'),
        ("/* One. */\nlet a;\n/* Two. */\n", "let a;\n"),
    ],
)
def test_lines_of_comments_are_not_sent(script: str, sent: str) -> None:
    assert without_comments(script) == sent


def test_no_text_of_ours_looks_like_a_comment() -> None:
    """Inside a text of several lines, what looks like a comment would be lost."""
    modules = [path for folder in SOURCES for path in sorted(folder.rglob("*.js"))]

    texts = [text for path in modules for text in re.findall(r"`[^`]*`", path.read_text(encoding="utf-8"))]
    assert len(modules) > 40
    assert [text for text in texts if re.search(r"^\s*(//|/\*)", text, re.MULTILINE)] == []


def test_another_module_changes_the_names_of_all(tmp_path: Path) -> None:
    same = {"rooms/js/one.js": "export const one = 1;"}
    before = made_of(tmp_path / "before", same | {"site/js/two.js": "export const two = 2;"})
    again = made_of(tmp_path / "again", same | {"site/js/two.js": "export const two = 2;"})
    after = made_of(tmp_path / "after", same | {"site/js/two.js": "export const two = 3;"})

    assert before == again
    assert {name for name in before if before[name] == after[name]} == set()


def test_stylesheet_is_one_file_whose_addresses_lead_somewhere(collected: Path) -> None:
    sheet = stored(collected, STYLESHEET)
    text = sheet.read_text(encoding="utf-8")
    named = re.findall(r"""url\(["']?(?!data:|#)([^"')#]+)""", text)

    assert "@import" not in text
    assert ".seat" in text
    assert len(named) >= 4
    assert [name for name in named if not (sheet.parent / name).is_file()] == []


@pytest.mark.parametrize(("language", "translated"), [("en", False), ("fr", True)])
def test_words_of_each_language_are_a_file(collected: Path, language: str, translated: bool) -> None:
    text = stored(collected, words_name(language)).read_text(encoding="utf-8")

    assert ("django.gettext = function" in text, "const newcatalog = {" in text) == (True, translated)


def test_texts_are_compressed_both_ways(collected: Path) -> None:
    for name in (STYLESHEET, "site/js/site.js", words_name("fr")):
        path = stored(collected, name)
        sizes = [path.with_name(path.name + ending).stat().st_size for ending in ("", ".gz", ".br")]
        assert sizes == sorted(sizes, reverse=True)


def test_htmx_of_the_other_version_is_left_out(collected: Path) -> None:
    found = {path.name.split(".")[0] for path in (collected / "django_htmx").iterdir()}

    assert found == {"django-htmx", "htmx-2"}


def test_every_language_has_its_words() -> None:
    assert {words_name(code) for code, _name in settings.LANGUAGES} == {"site/words/en.js", "site/words/fr.js"}
