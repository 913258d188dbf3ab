"""Joins a style sheet with what it imports: a browser would fetch each import only after the sheet that names it."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_COMMENT = re.compile(r"/\*.*?\*/\n?", re.DOTALL)
_IMPORT = re.compile(r'@import url\("([^":]+)"\);')
# Addresses below the sheet's own folder or beside it; `data:`, `/static/…` and `#fragment` mean the same everywhere.
_RELATIVE = re.compile(r"""url\((["']?)(?!data:|https?:|[/#])([^"')]+)\1\)""")


class UnjoinedImportError(ValueError):
    """An import is written in a way that cannot be joined; its text is the rest of that line."""


def join_imports(name: str, read: Callable[[str], str]) -> str:
    """Return the sheet with each import replaced by what it names, without comments.

    `read` returns the text of a static file by its name. Raises UnjoinedImportError.
    """

    def bring_in(found: re.Match[str]) -> str:
        imported = posixpath.normpath(posixpath.join(posixpath.dirname(name), found[1]))
        return _move(join_imports(imported, read), imported, name)

    joined = _IMPORT.sub(bring_in, _COMMENT.sub("", read(name)))
    if "@import" in joined:
        left = joined[joined.index("@import") :].splitlines()[0]
        msg = f'{name}: write {left} as @import url("file.css");'
        raise UnjoinedImportError(msg)
    return joined


def _move(text: str, source: str, target: str) -> str:
    """Return the sheet's text with its relative addresses as they are written in `target`."""

    def rewrite(found: re.Match[str]) -> str:
        path, hash_mark, fragment = found[2].partition("#")
        meant = posixpath.normpath(posixpath.join(posixpath.dirname(source), path))
        return f'url("{posixpath.relpath(meant, posixpath.dirname(target))}{hash_mark}{fragment}")'

    return _RELATIVE.sub(rewrite, text)
