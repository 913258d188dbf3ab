"""Static files under names that carry a hash of their content, joined and compressed, for production."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage
from whitenoise.storage import CompressedManifestStaticFilesStorage

from config.stylesheet import join_imports
from config.words import words_script

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

STYLESHEET = "site/css/site.css"
MODULES = ("site/js/", "rooms/js/")
_COMMENT_LINES = re.compile(r"^[ \t]*(?:/\*(?:(?!\*/).)*\*/|//[^\n]*)[ \t]*\n", re.MULTILINE | re.DOTALL)


def words_name(language: str) -> str:
    """Return the name under which the interface's words of that language are collected."""
    return f"site/words/{language}.js"


class ModuleManifestStorage(CompressedManifestStaticFilesStorage):
    """Gives our ES modules one hash for all, and renames what they import from each other.

    A browser can then not mix modules of two releases, and modules may import each other in a circle, for which no hash
    of the content with its imports exists.

    Made here are the modules without their comments, the one style sheet, joined with its imports, and each language's
    words for JavaScript, which browsers may then keep for ever like everything else.
    """

    support_js_module_import_aggregation = True
    # Whoever asks for a name without a hash would keep an old file for a minute: nobody shall.
    keep_only_hashed_files = True

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._modules_hash = ""

    def post_process(self, paths: Mapping[str, tuple[Any, str]], **options: Any) -> Iterator[Any]:
        """Rename, rewrite and compress what was collected, and what is made of it."""
        if options.get("dry_run"):
            return
        modules = {name: without_comments(_read(paths, name)) for name in sorted(paths) if _is_module(name)}
        self._modules_hash = hashlib.sha256(repr(modules).encode()).hexdigest()[:12]
        yield from super().post_process({**paths, **_made(paths, modules)}, **options)

    def file_hash(self, name: str | None, content: Any = None) -> str | None:
        """Return what stands in the file's name."""
        if self._modules_hash and _is_module(name):
            return self._modules_hash
        own: str | None = super().file_hash(name, content)
        return own


def without_comments(script: str) -> str:
    """Return our own script without the lines that are comments only: a third of what is sent, and nobody's loss."""
    return _COMMENT_LINES.sub("", script)


def _is_module(name: str | None) -> bool:
    # Without a name, it is the manifest itself.
    return name is not None and name.startswith(MODULES) and name.endswith(".js")


def _read(paths: Mapping[str, tuple[Any, str]], name: str) -> str:
    storage, path = paths[name]
    with storage.open(path) as file:
        return str(file.read().decode())


def _made(paths: Mapping[str, tuple[Any, str]], modules: Mapping[str, str]) -> dict[str, tuple[Any, str]]:
    files = {name: text.encode() for name, text in modules.items()}
    files |= {words_name(language): words_script(language) for language, _name in settings.LANGUAGES}
    files[STYLESHEET] = join_imports(STYLESHEET, lambda name: _read(paths, name)).encode()
    made = InMemoryStorage()
    for name, content in files.items():
        made.save(name, ContentFile(content))
    return {name: (made, name) for name in files}
