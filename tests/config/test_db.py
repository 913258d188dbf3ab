"""The pool of threads that sockets reach the database by."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest

from config.lib import db
from config.lib.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@pytest.mark.parametrize("pool", [db.in_pool, db.in_waiting_pool])
async def test_finished_pool_says_that_it_takes_nothing_more(
    monkeypatch: pytest.MonkeyPatch, pool: Callable[[Callable[[int], None]], Callable[[int], Awaitable[None]]]
) -> None:
    done: list[int] = []
    run = pool(done.append)
    finished = threading.Event()
    monkeypatch.setattr(db, "_finished", finished)
    finished.set()
    with pytest.raises(UnavailableError):
        await run(1)
    assert done == []
