"""The settings of production: clean when they are complete, and a clear refusal for each that is missing or wrong."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from django.conf import settings

if TYPE_CHECKING:
    from pathlib import Path

COMPLETE = {
    "CAUSERIE_ENV": "production",
    "SECRET_KEY": "kP3v9sQz7Lw2Xc8Rb5Nt1Hy6Gf4Jd0Ma-UeYoIiTqWxZlKpVnBs",
    "ALLOWED_HOSTS": "causerie.example.org",
    "DATABASE_URL": "postgres://causerie:secret@127.0.0.1:1/causerie",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "EMAIL_URL": "smtp+tls://mailer:secret@mail.example.org:587",
    "DEFAULT_FROM_EMAIL": "Causerie <no-reply@causerie.example.org>",
}


def check(tmp_path: Path, **changed: str | None) -> tuple[int, str]:
    """Run the deployment check in a process of its own; None leaves a variable out."""
    given = {"PATH": os.environ["PATH"], "VAR_DIR": str(tmp_path), **COMPLETE, **changed}
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        env={name: value for name, value in given.items() if value is not None},
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_deployment_check_is_clean(tmp_path: Path) -> None:
    code, output = check(tmp_path)
    silenced = len(settings.SILENCED_SYSTEM_CHECKS)
    assert (code, output.splitlines()) == (0, [f"System check identified no issues ({silenced} silenced)."])


@pytest.mark.parametrize("name", [name for name in COMPLETE if name != "CAUSERIE_ENV"])
def test_missing_variable_stops_the_start_with_its_name(tmp_path: Path, name: str) -> None:
    code, output = check(tmp_path, **{name: None})
    assert code != 0
    assert output.splitlines()[-1] == (
        f"django.core.exceptions.ImproperlyConfigured: Set the {name} environment variable"
    )


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("DEBUG", "1", "DEBUG=1 in production would show visitors the source and the settings. Unset it."),
        (
            "SECRET_KEY",
            "kP3v9sQz7Lw2Xc8Rb5Nt1Hy6Gf4Jd0Ma-UeYoIiTqWxZlKpVn",
            "SECRET_KEY is too easy to guess: it must have at least 50 random characters.",
        ),
        ("SECRET_KEY", "x" * 60, "SECRET_KEY is too easy to guess: it must have at least 50 random characters."),
        (
            "SECRET_KEY",
            "django-insecure-kP3v9sQz7Lw2Xc8Rb5Nt1Hy6Gf4Jd0Ma-UeYoIiTqWxZlKpVn",
            "SECRET_KEY is too easy to guess: it must have at least 50 random characters.",
        ),
        ("CAUSERIE_ENV", "prod", "CAUSERIE_ENV is 'prod'; it must be embedded, test or production."),
        ("REDIS_URL", "http://127.0.0.1", "REDIS_URL must begin with redis://, rediss:// or unix://."),
        (
            "LINK_PRIVATE_ADDRESSES",
            "1",
            "LINK_PRIVATE_ADDRESSES=1 would let hosts read pages of your network. Unset it.",
        ),
        ("LOG_FORMAT", "xml", "LOG_FORMAT is 'xml'; it must be console or json."),
    ],
)
def test_wrong_value_stops_the_start_with_a_sentence(tmp_path: Path, name: str, value: str, sentence: str) -> None:
    code, output = check(tmp_path, **{name: value})
    assert code != 0
    assert output.splitlines()[-1] == f"django.core.exceptions.ImproperlyConfigured: {sentence}"
