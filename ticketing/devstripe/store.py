"""Where devstripe keeps its objects: an SQLite file of its own, for any number of processes at once.

Not the application's database: a call to Stripe from inside a transaction would wait there for itself. Each request is
one transaction that takes the write lock when it begins, so requests follow one another whoever makes them.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
from django.conf import settings
from django.utils import timezone

from ticketing.devstripe.errors import missing

if TYPE_CHECKING:
    from collections.abc import Iterator

Body = dict[str, Any]
decode = msgspec.json.decode

WAIT_SECONDS = 20
_threads = threading.local()
_SCHEMA = """
PRAGMA journal_mode = WAL;
CREATE TABLE objects (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, due REAL, body TEXT NOT NULL
);
CREATE INDEX objects_by_kind ON objects (kind, number);
CREATE INDEX objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE answers (
    key TEXT PRIMARY KEY, request TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL, at REAL NOT NULL
);
CREATE TABLE deliveries (
    number INTEGER PRIMARY KEY AUTOINCREMENT, event TEXT NOT NULL, due REAL, attempts INTEGER NOT NULL DEFAULT 0,
    claimed_until REAL NOT NULL DEFAULT 0
);
CREATE INDEX deliveries_due ON deliveries (due) WHERE due IS NOT NULL;
CREATE TABLE options (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def _plain(value: Any) -> str:
    """Return text of a class of its own (ticketing.devstripe.validation.Word) as text."""
    if isinstance(value, str):
        return str(value)
    msg = f"{type(value).__name__} is nothing that JSON knows."
    raise TypeError(msg)


_ENCODER = msgspec.json.Encoder(enc_hook=_plain, order="deterministic")


def encode(value: Any) -> str:
    """Return JSON, the same for what is the same."""
    return _ENCODER.encode(value).decode()


def now() -> float:
    """Return the site's time, so that a test's clock is devstripe's too."""
    return timezone.now().timestamp()


def moment(seconds: float) -> str:
    """Return a time as /v2 writes it (RFC 3339, UTC, milliseconds)."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Store:
    """The objects, inside one transaction. What begins with `_` in one of them is ours and never leaves."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.rows = connection

    def add(self, prefix: str, kind: str, *, due: float | None = None, **fields: Any) -> Body:
        """Make an object; `due` is when something happens to it by itself."""
        made = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": int(now()), "livemode": False}
        made |= fields
        self.rows.execute(
            "INSERT INTO objects (id, kind, due, body) VALUES (?, ?, ?, ?)",
            (made["id"], kind, due, encode(made)),
        )
        return made

    def get(self, kind: str, wanted: str) -> Body:
        """Return an object; raises ApiError if there is none of that kind and id."""
        row = self.rows.execute("SELECT body FROM objects WHERE id = ? AND kind = ?", (wanted, kind)).fetchone()
        if row is None:
            raise missing(kind.rsplit(".", maxsplit=1)[-1], wanted)
        return decode(row[0], type=Body)

    def find(self, wanted: str) -> Body | None:
        """Return an object whatever its kind."""
        row = self.rows.execute("SELECT body FROM objects WHERE id = ?", (wanted,)).fetchone()
        return decode(row[0], type=Body) if row else None

    def save(self, changed: Body, *, ended: bool = False, due: float | None = None) -> None:
        """Write an object down again; an `ended` one has nothing due any more, one with `due` then."""
        self.rows.execute(
            "UPDATE objects SET body = ?, due = CASE WHEN ? THEN NULL ELSE coalesce(?, due) END WHERE id = ?",
            (encode(changed), ended, due, changed["id"]),
        )

    def due(self, kind: str) -> list[Body]:
        # `+` keeps SQLite from going through all of the kind: few are due, and it would guess otherwise.
        found = self.rows.execute("SELECT body FROM objects WHERE due <= ? AND +kind = ?", (now(), kind))
        return [decode(body) for (body,) in found]

    def newest(self, kind: str) -> Iterator[Body]:
        for (body,) in self.rows.execute("SELECT body FROM objects WHERE kind = ? ORDER BY number DESC", (kind,)):
            yield decode(body)

    def answer_to(self, key: str, seconds: float) -> tuple[str, int, str] | None:
        """Return (request, status, body) of what was answered under this key since so many seconds."""
        self.rows.execute("DELETE FROM answers WHERE key = ? AND at < ?", (key, now() - seconds))
        found: tuple[str, int, str] | None = self.rows.execute(
            "SELECT request, status, body FROM answers WHERE key = ?", (key,)
        ).fetchone()
        return found

    def keep_answer(self, key: str, request: str, status: int, body: str) -> None:
        self.rows.execute("INSERT INTO answers VALUES (?, ?, ?, ?, ?)", (key, request, status, body, now()))

    def option(self, name: str) -> Any:
        row = self.rows.execute("SELECT value FROM options WHERE name = ?", (name,)).fetchone()
        return decode(row[0]) if row else None

    def choose(self, name: str, value: Any) -> None:
        self.rows.execute("INSERT OR REPLACE INTO options VALUES (?, ?)", (name, encode(value)))


@contextmanager
def opened() -> Iterator[Store]:
    """Give the store for one transaction; an exception takes back what it wrote."""
    connection = _connection(Path(settings.DEVSTRIPE_FILE))
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield Store(connection)
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


class _Kept:
    """A thread's connection, closed with the thread: opening one for each request took half of its time."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            _make(path)
        self.connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None, check_same_thread=False)
        # A killed process loses nothing by that, only a machine that loses its power.
        self.connection.execute("PRAGMA synchronous = OFF")
        # What another process has written makes SQLite forget its own copy of every page.
        self.connection.execute("PRAGMA mmap_size = 268435456")

    def __del__(self) -> None:
        # Without a connection, if there was no room for the file.
        if hasattr(self, "connection"):
            self.connection.close()


def _connection(path: Path) -> sqlite3.Connection:
    """Return this thread's own; a process that was forked has another than its parent."""
    of = (os.getpid(), path)
    if getattr(_threads, "of", None) != of:
        _threads.kept = _Kept(path)
        _threads.of = of
    kept: _Kept = _threads.kept
    return kept.connection


def _make(path: Path) -> None:
    """Make the file, whole before it has its name: of two first requests at once, whichever links first decides."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{secrets.token_hex(4)}")
    with closing(sqlite3.connect(fresh)) as connection:
        connection.executescript(_SCHEMA)
    with contextlib.suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
