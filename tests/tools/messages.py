"""The translations’ catalogues: `make messages` collects the texts, `make lint` sees that they are whole and right."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from contextlib import contextmanager
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
# Where a value goes, and signs that look like it.
PLACE = re.compile(r"%\(\w+\)\w|%[sd%]?|\{\w*\}")
# So often somebody else may save a catalogue while it is brought up to date.
ATTEMPTS = 5
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
# Words that a language really writes as English does. Anything else that is the same was forgotten.
SAME_WORDS: dict[str, frozenset[str]] = {
    "fr": frozenset(
        {
            "Budget", "Corrections", "Dates", "Europe", "Menu", "Notifications", "Pages", "Portraits", "Position",
            "Programmes", "Silence", "Source", "Spark", "Surprise", "Version %(number)s", "budget", "description",
            "h", "min", "notification", "notifications", "programme", "s",
        }
    ),
}  # fmt: skip
NOT_OURS = (".git", ".venv", "node_modules", "var", "staticfiles", "tests", "__pycache__", ".*_cache")
NO_GETTEXT = (
    "Collecting texts needs GNU gettext: install it (Debian, Ubuntu: sudo apt-get install gettext; "
    "macOS: brew install gettext)."
)


def renew(root: Path) -> None:
    """Bring the catalogues up to date, each in one step: what others translate meanwhile is not lost."""
    for _attempt in range(ATTEMPTS):
        with _copy_of(root) as copy:
            before = {path: _content(path) for path in _paths(copy)}
            collect(copy)
            moved = [_renewed(path, root / path.relative_to(copy), content) for path, content in before.items()]
        if all(moved):
            return
    sys.exit("The catalogues were changed again and again meanwhile. Try once more.")


def _renewed(fresh: Path, path: Path, before: bytes) -> bool:
    """Put the fresh catalogue in its place, unless somebody has changed that; say whether it is up to date now."""
    if _content(path) != before:
        return False
    if _content(fresh) != before:
        waiting = path.with_suffix(".po.new")
        shutil.copyfile(fresh, waiting)
        waiting.replace(path)
    return True


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


@contextmanager
def _copy_of(root: Path) -> Iterator[Path]:
    """Lend a copy of the sources: makemessages writes beside them."""
    with tempfile.TemporaryDirectory(prefix="causerie-messages-") as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(root, copy, ignore=shutil.ignore_patterns(*NOT_OURS))
        yield copy


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
    with _copy_of(ROOT) as copy:
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
    for language in languages():
        server, browser = (_read(_path(ROOT, language, domain)) for domain in DOMAINS)
        yield from (f"{language}: {text}" for text in differences(server, browser))


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
        sources, strings = _texts(message.id), _texts(message.string)
        if any(strings) and not _same_places(sources, strings):
            yield f"other places for values: {key}"
        if set(sources) == set(strings) and not set(sources) <= SAME_WORDS.get(language, frozenset()):
            yield f"the same as in English: {key}"
        for string, (pattern, why) in product(strings, TYPOGRAPHY.get(language, ())):
            if pattern.search(_without_marks(string)):
                yield f"{why}: {string}"


def differences(server: Catalog, browser: Catalog) -> Iterator[str]:
    """Yield a line for each text that the page would say in other words once its script runs."""
    for message in server:
        same = browser.get(message.id, message.context) if message.id else None
        if same and same.string != message.string:
            yield f"not the same in both catalogues: {_key(message.context, message.id)}"


def _texts(text: str | tuple[str, ...] | list[str] | None) -> list[str]:
    return [text] if isinstance(text, str) else list(text or [])


def _same_places(sources: list[str], strings: list[str]) -> bool:
    """Say whether each translation has the places of the source; for one, some languages need no number."""
    wanted = [set(PLACE.findall(source)) for source in sources]
    found = [set(PLACE.findall(string)) for string in strings]
    return found[-1] == wanted[-1] and all(places <= set.union(*wanted) for places in found)


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


def _paths(root: Path) -> list[Path]:
    return [_path(root, language, domain) for language, domain in product(languages(), DOMAINS)]


def _path(root: Path, language: str, domain: str) -> Path:
    return root / "config" / "locale" / language / "LC_MESSAGES" / f"{domain}.po"


def _embedded_environment() -> dict[str, str]:
    return os.environ | {"CAUSERIE_ENV": "embedded", "SECRET_KEY": "only-for-reading-sources"}


def main() -> int:
    if sys.argv[1:] != ["--check"]:
        renew(ROOT)
        return 0
    found = list(problems())
    print("\n".join([*found, "`make messages` collects texts; then translate what is open."]) if found else "", end="")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
