"""What must be true before the processes start: translations compiled, database migrated, demo people there, and files
collected if they shall be served as production serves them.

One process does it all, and none at all when nothing has changed since the last time.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from config.embedded.problem import StartError

ROOT = Path(__file__).resolve().parents[2]


def prepare(var: Path) -> None:
    """Bring the database and the translations up to date if something changed. Raises StartError."""
    stamp = var / "prepared"
    if stamp.exists() and stamp.read_text() == fingerprint(var):
        return
    print("Preparing the database …", flush=True)
    log = var / "log" / "prepare.log"
    with log.open("w", encoding="utf-8") as out:
        command = [sys.executable, "-m", "config.embedded.prepare"]
        done = subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        last = "\n".join(log.read_text(encoding="utf-8").splitlines()[-15:])
        msg = f"{last}\nThe database could not be prepared; the reason is above and in {log}."
        raise StartError(msg)
    # Only now: the database and the compiled translations are part of it.
    stamp.write_text(fingerprint(var))


def fingerprint(var: Path) -> str:
    """Return what changes whenever there is something to prepare; never the same for a database elsewhere."""
    if os.environ.get("DATABASE_URL") or not (var / "causerie.sqlite3").exists():
        return os.urandom(16).hex()
    digest = hashlib.sha256(os.environ.get("STATIC_HASHED", "").encode())
    patterns = ["*/migrations/*.py", "config/locale/*/LC_MESSAGES/*.po", "config/embedded/demo.py"]
    if _hashes_files():
        patterns.append("*/static/**/*.*")
    for pattern in patterns:
        for path in sorted(ROOT.glob(pattern)):
            digest.update(str(path).encode() + b"\0" + path.read_bytes())
    # Compiled translations may have been cleaned away.
    digest.update(str(len(list(ROOT.glob("config/locale/*/LC_MESSAGES/*.mo")))).encode())
    return digest.hexdigest()


def _hashes_files() -> bool:
    return os.environ.get("STATIC_HASHED", "0").lower() not in {"", "0", "false", "off", "no"}


def main() -> None:
    import django
    from django.conf import settings
    from django.core.management import call_command

    from config.embedded.catalogues import compile_catalogues

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    compile_catalogues(ROOT)
    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    if settings.STATIC_HASHED:
        # Before the seed, which writes down where portraits are.
        call_command("collectstatic", interactive=False, verbosity=0)
    call_command("seed_demo")


if __name__ == "__main__":
    main()
