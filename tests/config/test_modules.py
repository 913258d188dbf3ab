"""What a page lets the browser fetch before it finds out by itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from config.modules import imported_by, module_graph


def test_a_module_and_all_that_it_imports_stand_once() -> None:
    graph = module_graph("site/js/site.js", "rooms/js/app.js")

    assert graph[:2] == ["site/js/site.js", "rooms/js/app.js"]
    assert len(graph) == len(set(graph))
    assert {"site/js/pages.js", "site/js/toast.js", "site/js/words.js"} <= set(graph)


def test_what_is_imported_only_when_needed_is_left_out() -> None:
    assert "rooms/js/room_page.js" not in module_graph("rooms/js/app.js")
    assert "rooms/js/room_page.js" in module_graph("rooms/js/app.js", "rooms/js/room_page.js")


def test_every_form_of_import_is_found() -> None:
    """A module that is written in a way the pattern does not know would be missing from the list."""
    modules = module_graph("rooms/js/app.js", "rooms/js/room_page.js")

    for name in modules:
        text = Path(str(finders.find(name))).read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if 'from "' in line and not line.lstrip().startswith(("*", "//"))]
        assert len(imported_by(name)) >= len(lines), name


def test_unknown_module_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        module_graph("site/js/nothing.js")
