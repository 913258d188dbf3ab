"""The interface's words for JavaScript: gettext and the catalogue of one language, as a script."""

from __future__ import annotations

from django.test import RequestFactory
from django.utils import translation
from django.views.i18n import JavaScriptCatalog

PACKAGES = ["config"]


def words_script(language: str) -> bytes:
    """Return what defines `gettext` and its like in that language; it is the same for everybody."""
    with translation.override(language):
        return JavaScriptCatalog(packages=PACKAGES).get(RequestFactory().get("/")).content
