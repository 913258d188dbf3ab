"""Static files as production serves them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command
from django.test import override_settings

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

STORAGES = {"staticfiles": {"BACKEND": "config.static_storage.ModuleManifestStorage"}}


def test_modules_import_each_other_by_hashed_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=STORAGES, DEBUG=False):
        call_command("collectstatic", interactive=False, verbosity=0)
        stored: Any = staticfiles_storage
        room = tmp_path / stored.stored_name("rooms/js/room.js")
        imported = re.findall(r'from "\./([^"]+)"', room.read_text())

    assert len(imported) > 10
    assert [name for name in imported if not re.fullmatch(r"[a-z]+\.[0-9a-f]{12}\.js", name)] == []
    assert [name for name in imported if not (room.parent / name).is_file()] == []
    assert room.with_name(f"{room.name}.gz").is_file()
    assert capsys.readouterr().err == ""
