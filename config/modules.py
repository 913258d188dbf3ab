"""Which modules a module imports: a browser would find out level by level, one round trip each."""

from __future__ import annotations

import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

# Only what is always fetched: `import("…")` waits until it is needed.
_STATIC_IMPORT = re.compile(r"""^(?:import|export)\b(?:[^;"'(]*\bfrom\b)?\s*["'](\.{1,2}/[^"']+)["'];""", re.MULTILINE)


@cache
def imported_by(name: str) -> tuple[str, ...]:
    """Return the static files that the module imports itself. Raises FileNotFoundError."""
    path = finders.find(name)
    if path is None:
        raise FileNotFoundError(name)
    text = Path(str(path)).read_text(encoding="utf-8")
    folder = posixpath.dirname(name)
    return tuple(posixpath.normpath(posixpath.join(folder, found)) for found in _STATIC_IMPORT.findall(text))


def module_graph(*entries: str) -> list[str]:
    """Return the entries and all that they import, and that imports, each once, nearest first."""
    found = dict.fromkeys(entries)
    level = list(found)
    while level:
        level = [
            name for name in dict.fromkeys(name for one in level for name in imported_by(one)) if name not in found
        ]
        found |= dict.fromkeys(level)
    return list(found)
