"""What is done for rooms by the clock. Due work is rows; whatever is killed or doubled, the next run goes on."""

from __future__ import annotations

import time

import structlog
from celery import shared_task
from django.utils import timezone
from redis.exceptions import RedisError

from rooms.services import links
from rooms.services.alarms import ring_next
from rooms.services.figures import sample_rooms, settle_due
from rooms.services.keeping import end_unattended_media, keep_all
from rooms.services.planning import cancel_overdue, overdue_rooms
from rooms.services.series import due_series, plan_next

log = structlog.get_logger(__name__)

# The workers have other things to do as well; the next run goes on.
RUN_SECONDS = 20.0


@shared_task
def remind_of_rooms() -> None:
    """Tell those who wait for rooms what is due."""
    until = time.monotonic() + RUN_SECONDS
    while ring_next() and time.monotonic() < until:
        pass


@shared_task
def sweep_plans() -> None:
    """Cancel the rooms whose host did not come, and plan the next ones of each series."""
    for room_id in overdue_rooms():
        cancel_overdue(room_id)
    for series_id in due_series():
        plan_next(series_id)


@shared_task
def keep_rooms() -> None:
    """See to absent hosts, places of the absent and empty rooms. Any number of these may run at once."""
    try:
        keep_all()
    except RedisError as error:
        # Whoever is there is there, though nobody can say so.
        log.warning("rooms_not_kept", error=type(error).__name__)


@shared_task
def end_unattended() -> None:
    """End media sessions that no socket of a room holds."""
    try:
        end_unattended_media()
    except RedisError as error:
        log.warning("media_not_attended", error=type(error).__name__)


@shared_task
def read_links() -> None:
    """Let the links be read that were put on boards."""
    for item in links.due_links():
        read_link.apply_async((item,), expires=10)


@shared_task
def read_link(item: int) -> None:
    """Read one link. A second job for the same does nothing."""
    links.read_link(item)


@shared_task
def count_audiences() -> None:
    """Look how many are in each live room. Any number of these may run at once."""
    try:
        sample_rooms(timezone.now())
    except RedisError as error:
        # A minute in which nobody could look is a gap in the chart, not an empty room.
        log.warning("audiences_not_counted", error=type(error).__name__)


@shared_task
def settle_figures() -> None:
    """Sum up the rooms that are over. Any number of these may run at once."""
    until = time.monotonic() + RUN_SECONDS
    while settle_due(timezone.now()) and time.monotonic() < until:
        pass
