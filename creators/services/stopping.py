"""Staff's one switch: nothing is paid out, made or sent, until somebody lifts it again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import structlog
from django.utils import timezone

from config.lib.plain_text import tidy_line
from creators.models import PayoutStop
from creators.models.payouts import WHY_MAX_LENGTH

if TYPE_CHECKING:
    from accounts.models import User

log = structlog.get_logger(__name__)


def stop_payouts(*, why: str, by: User | None) -> PayoutStop:
    """Stop making and sending payouts from now on. A call to Stripe that is under way is still answered."""
    stop = PayoutStop.objects.create(why=tidy_line(why)[:WHY_MAX_LENGTH], stopped_by=by)
    log.warning("payouts_stopped", stop=stop.pk)
    return stop


def resume_payouts(*, by: User | None) -> int:
    """Lift all stops, and go on where payouts were stopped; return how many stops there were."""
    lifted = PayoutStop.objects.filter(lifted_at=None).update(lifted_at=timezone.now(), lifted_by=by)
    log.warning("payouts_resumed", stops=lifted)
    return lifted
