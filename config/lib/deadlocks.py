"""Going on after a deadlock: the database has ended one of two transactions, which begins again.

Locks are taken in one order (docs/architecture.md), but a unique index makes waits of its own: who inserts what another
transaction has inserted waits for it, whatever both hold besides.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

from django.db import OperationalError, connection

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
R = TypeVar("R")

TRIES: Final = 3
# https://www.postgresql.org/docs/current/errcodes-appendix.html
DEADLOCK: Final = "40P01"


def again_after_deadlock(service: Callable[P, R]) -> Callable[P, R]:
    """Return `service`, which is done again if it was chosen to end a deadlock, three times in all.

    It has to be a transaction of its own and nothing besides. Inside somebody else's, that one is over: it is theirs to
    begin again.
    """

    @functools.wraps(service)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        tries = 1 if connection.in_atomic_block else TRIES
        for left in reversed(range(tries)):
            try:
                return service(*args, **kwargs)
            except OperationalError as error:
                if not left or getattr(error.__cause__, "sqlstate", None) != DEADLOCK:
                    raise
        raise AssertionError

    return run
