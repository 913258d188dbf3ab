"""The translations’ catalogues: `make messages` collects the texts, `make lint` sees that they are whole and right."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from babel.messages.pofile import read_po

from config.embedded.apt import apt_install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from babel.messages.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
DOMAINS = ("django", "djangojs")
LOCALES = ROOT / "config" / "locale"
# What a catalogue may not contain, by language, and why.
TYPOGRAPHY: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    "fr": (
        (re.compile(r"[^\s\u00a0\u202f][?!»]|[^\s\u00a0\u202f0-9][;:](?!//)(?=\s|$)"), "no space before the sign"),
        (re.compile(r" [:;?!»]|« "), "a breaking space beside the sign; U+00A0 belongs there"),
        (re.compile(r"«[^\u00a0 ]"), "no space after «"),
        (re.compile(r"\u202f"), "U+202F, which the fonts lack; use U+00A0"),
        (re.compile(r"\w'\w"), "a straight apostrophe; use ’"),
        (re.compile(r"!(?!=)"), "an exclamation mark"),
        (re.compile(r"\b(tu|ton|ta|tes|toi)\b", re.IGNORECASE), "« tu »; people are addressed as « vous »"),
    ),
}
NOT_OURS = (".git", ".venv", "node_modules", "var", "staticfiles", "tests", "__pycache__", ".*_cache")
NO_GETTEXT = (
    "Collecting texts needs GNU gettext: install it (Debian, Ubuntu: sudo apt-get install gettext; "
    "macOS: brew install gettext)."
)


def collect(root: Path) -> None:
    """Bring the catalogues below `root` up to date with its sources."""
    if shutil.which("xgettext") is None and not apt_install("gettext"):
        sys.exit(NO_GETTEXT)
    for language, domain in product(languages(), DOMAINS):
        command = [sys.executable, "manage.py", "makemessages", "-l", language, "-d", domain]
        # File names help translators; line numbers and dates would change with every edit.
        command += ["--no-wrap", "--no-obsolete", "--add-location=file"]
        for pattern in NOT_OURS:
            command += ["--ignore", pattern]
        done = subprocess.run(
            command, cwd=root, env=_embedded_environment(), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            sys.exit(f"makemessages failed: {done.stderr or done.stdout}")
        path = _path(root, language, domain)
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        path.write_text("".join(line for line in lines if not line.startswith('"POT-Creation-Date')), encoding="utf-8")


def problems() -> Iterator[str]:
    """Yield a line for each text that a catalogue lacks, leaves open, guesses, or no longer needs."""
    with tempfile.TemporaryDirectory(prefix="causerie-messages-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_OURS))
        collect(copy)
        for language, domain in product(languages(), DOMAINS):
            path = _path(ROOT, language, domain)
            ours, fresh = _read(path), _read(_path(copy, language, domain))
            where = path.relative_to(ROOT)
            known, wanted = _keys(ours), _keys(fresh)
            yield from (f"{where}: missing: {text}" for text in sorted(wanted - known))
            yield from (f"{where}: no longer used: {text}" for text in sorted(known - wanted))
            yield from (f"{where}: not translated: {text}" for text in sorted(_open(ours)))
            yield from (f"{where}: {text}" for text in mistakes(ours, language))


def languages() -> list[str]:
    """Return the languages that have a catalogue; English, the source, needs none."""
    return sorted(folder.parent.name for folder in LOCALES.glob("*/LC_MESSAGES"))


def mistakes(catalogue: Catalog, language: str) -> Iterator[str]:
    """Yield a line for each translation that would break a sentence, or the language's typography."""
    for message in catalogue:
        if not message.id:
            continue
        key = _key(message.context, message.id)
        yield from (f"{error}: {key}" for error in message.check(catalogue))
        strings = [message.string] if isinstance(message.string, str) else list(message.string or [])
        for string, (pattern, why) in product(strings, TYPOGRAPHY.get(language, ())):
            if pattern.search(_without_marks(string)):
                yield f"{why}: {string}"


def _without_marks(string: str) -> str:
    """Return the words without what is not one: places for values, tags, addresses."""
    return re.sub(r"%\([^)]*\)\w|%\w|<[^>]*>|https?://\S+", "x", string)


def _keys(catalogue: Catalog) -> set[str]:
    return {_key(message.context, message.id) for message in catalogue if message.id}


def _open(catalogue: Catalog) -> set[str]:
    def is_open(string: str | tuple[str, ...] | list[str] | None) -> bool:
        return not all([string] if isinstance(string, str) else string or [""])

    return {
        _key(message.context, message.id)
        for message in catalogue
        if message.id and (message.fuzzy or is_open(message.string))
    }


def _key(context: str | None, text: str | tuple[str, ...] | list[str]) -> str:
    words = text if isinstance(text, str) else " / ".join(text)
    return f"{context}: {words}" if context else words


def _read(path: Path) -> Catalog:
    if not path.exists():
        sys.exit(f"There is no {path}: `make messages` makes it.")
    with path.open("rb") as file:
        return read_po(file, locale=path.parts[-3])


def _path(root: Path, language: str, domain: str) -> Path:
    return root / "config" / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def _embedded_environment() -> dict[str, str]:
    return os.environ | {"CAUSERIE_ENV": "embedded", "SECRET_KEY": "only-for-reading-sources"}


def main() -> int:
    if sys.argv[1:] != ["--check"]:
        collect(ROOT)
        return 0
    found = list(problems())
    print("\n".join([*found, "`make messages` collects texts; then translate what is open."]) if found else "", end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
