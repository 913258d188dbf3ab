"""What all processes of a campaign's run share: the rooms and people, what is counted, what nobody expected."""

from __future__ import annotations

import os
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from config.lib.errors import DomainError
from ticketing.devstripe.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from accounts.models import User

COUNTED = (
    "attempts",
    "not_sold",
    "sold_out",
    "held",
    "paid_pages",
    "declined",
    "given_up",
    "left",
    "late",
    "refunds",
    "disputes",
    "joined",
    "called_off",
    "cut_off",
)


class CutOffError(Exception):
    """Whoever was to answer died meanwhile; whether it was done is not known."""


@dataclass(frozen=True)
class Scene:
    """What all processes of a run know; `counts` is shared memory, which outlives whoever is killed."""

    offers: Sequence[int]
    rooms: Sequence[str]
    people: Sequence[User]
    counts: Any
    folder: Path
    # For those who come over HTTP: where the site answers, and their sessions, also the hosts', by their row numbers.
    ports: Sequence[int] = ()
    sessions: Mapping[int, str] = field(default_factory=dict)

    def count(self, what: str) -> None:
        # Two processes may count at once and one be lost: there are never more attempts than are counted.
        self.counts[COUNTED.index(what)] += 1

    def note(self, error: BaseException) -> None:
        """Write an error down that nobody expected: what would be a page with a fault, or a job that is tried again."""
        frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "site-packages" not in frame.filename]
        way = " > ".join(f"{Path(frame.filename).stem}.{frame.name}:{frame.lineno}" for frame in frames)
        said = " ".join(str(error).split())
        with (self.folder / "errors").open("a") as file:
            file.write(f"{type(error).__name__} at {way}: {said}\n")


def keep_doing(
    act: Callable[[], object],
    scene: Scene,
    pause: Callable[[], float] = lambda: 0.0,
    *,
    told: tuple[type[Exception], ...] = (DomainError, ApiError),
) -> None:
    """Do something again and again until the process is killed, whatever happens to it each time.

    `told` is what one is told and expects: another was faster, the page is closed, the card is declined.
    """
    parent = os.getppid()
    while os.getppid() == parent:
        try:
            act()
        except told:
            pass
        except CutOffError:
            scene.count("cut_off")
        except Exception as error:  # noqa: BLE001 - the next one does it whatever happened to this one
            scene.note(error)
        time.sleep(pause())
