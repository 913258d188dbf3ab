"""Compile the translations with Babel, so that nobody needs GNU gettext to run Causerie."""

from __future__ import annotations

from typing import TYPE_CHECKING

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

if TYPE_CHECKING:
    from pathlib import Path


def compile_catalogues(root: Path) -> int:
    """Write the .mo beside each .po below `root`/config/locale that is newer; return how many were written."""
    written = 0
    for source in sorted((root / "config" / "locale").glob("*/LC_MESSAGES/*.po")):
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime_ns >= source.stat().st_mtime_ns:
            continue
        with source.open("rb") as text:
            catalogue = read_po(text, locale=source.parts[-3])
        fresh = target.with_suffix(".mo.new")
        with fresh.open("wb") as binary:
            write_mo(binary, catalogue)
        # In one step: a process that starts now reads the old one or the new one.
        fresh.replace(target)
        written += 1
    return written
