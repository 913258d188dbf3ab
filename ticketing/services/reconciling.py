"""Holding the ledger against Stripe's balance: what either has and the other has not is found, and never corrected.

First everything is asked about that may have gone on unseen, through the very services that a webhook calls: so a lost
one is made up for. Then each payment, refund and dispute that was booked on either side is compared as a whole; what
the lines of that time do not explain is asked about once more, as its other lines may be older.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.utils import timezone

from config.lib.money import Money
from ticketing import stripe_gateway as gateway
from ticketing.errors import PaymentRefusedError, PaymentsUnavailableError
from ticketing.models import Order, Reconciliation
from ticketing.reconciled import keeper_of, others
from ticketing.selectors import reconciliation as books
from ticketing.selectors.reconciliation import Sum
from ticketing.services import checkout, disputes, refunds

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ticketing.stripe_objects import BalanceTransaction

log = structlog.get_logger(__name__)

# What cannot be explained is said again each night, for so long.
REMIND: Final = timedelta(days=30)
# To the bank and back: the ledger does not follow money that has left Stripe.
PASSED_OVER: Final = ("payout",)


@dataclass
class _Lines:
    """What Stripe's lines come to, by source, and the sentences about those that have none."""

    count: int = 0
    sums: dict[str, Sum] = field(default_factory=dict)
    odd: list[str] = field(default_factory=list)

    def read(self, line: BalanceTransaction) -> None:
        self.count += 1
        if line.type.startswith(PASSED_OVER):
            return
        if line.source is None:
            self.odd.append(
                f"Stripe has booked {line.id} ({line.type}) of {Money(line.net, line.currency)} for nothing."
            )
            return
        change = Sum(line.currency, line.amount, line.fee)
        known = self.sums.get(line.source)
        self.sums[line.source] = known.plus(change) if known else change


def is_due(now: datetime) -> bool:
    """Say whether it was not done yet since the hour of the night at which it is to be done."""
    if not gateway.payments_are_on():
        return False
    hour = now.replace(hour=settings.RECONCILE_HOUR, minute=0, second=0, microsecond=0)
    return not Reconciliation.objects.filter(begun_at__gte=hour if hour <= now else hour - timedelta(days=1)).exists()


def reconcile(now: datetime, *, since: datetime | None = None) -> Reconciliation:
    """Look into all that is open, compare, and write down what was found. Raises PaymentsUnavailableError."""
    begun = timezone.now()
    until = now - timedelta(minutes=settings.RECONCILE_MARGIN_MINUTES)
    last = Reconciliation.objects.order_by("-until").first()
    since = since or _begin(last, until)
    looked_at, trouble = _look_again(since)
    lines = _lines(since, until)
    carried = {each["source"]: each["since"] for each in (last.findings if last else ()) if _still(each, now)}
    found = [{"source": "", "text": text} for text in (*trouble, *lines.odd)]
    found += _differences(lines.sums, since, until, carried)
    for each in found:
        each["since"] = carried.get(each["source"], now.isoformat())
        log.error("reconciliation_finding", source=each["source"], finding=each["text"])
    row = Reconciliation(since=since, until=until, begun_at=begun, lines=lines.count, looked_at=looked_at)
    row.findings = found
    row.save()
    log.info("reconciled", lines=lines.count, looked_at=looked_at, findings=len(found))
    return row


def _begin(last: Reconciliation | None, until: datetime) -> datetime:
    """Return from when on to read: some time before the last one's end, as both sides may book late."""
    overlap = timedelta(hours=settings.RECONCILE_OVERLAP_HOURS)
    if last is not None:
        return min(last.until, until) - overlap
    first = Order.objects.order_by("created_at").values_list("created_at", flat=True).first()
    return min(first or until, until) - overlap


def _still(finding: dict[str, Any], now: datetime) -> bool:
    return bool(finding["source"]) and now - datetime.fromisoformat(finding["since"]) < REMIND


def _look_again(since: datetime) -> tuple[int, list[str]]:
    """Ask about all that may have gone on unseen; return how many, and sentences about those that failed."""
    calls: list[tuple[str, Callable[[], object]]] = []
    for pk, name in books.open_orders(since).values_list("pk", "public_id"):
        calls.append((f"order {name}", lambda pk=pk: checkout.look(pk)))  # type: ignore[misc]
    for pk, name in books.open_refunds().values_list("pk", "public_id"):
        calls.append((f"refund {name}", lambda pk=pk: refunds.look_at_refund(pk)))  # type: ignore[misc]
    for pk, name in books.open_disputes().values_list("pk", "public_id"):
        calls.append((f"the dispute of order {name}", lambda pk=pk: disputes.look_at_dispute(pk)))  # type: ignore[misc]
    for other in others():
        calls += other.open(since)
    failed = (f"Looking into {what} has failed: {problem}." for what, call in calls if (problem := _try(call)))
    return len(calls), list(failed)


def _try(call: Callable[[], object]) -> str:
    """Return the kind of error that it ended with, or nothing: one that is odd must not keep the others."""
    try:
        call()
    except PaymentsUnavailableError:
        raise
    except Exception as error:
        log.exception("reconciliation_look_failed")
        return type(error).__name__
    return ""


def _lines(since: datetime, until: datetime) -> _Lines:
    lines, after = _Lines(), None
    while True:
        page = gateway.list_balance(since=since, until=until, after=after)
        for line in page.rows:
            lines.read(line)
        if (after := page.after) is None:
            return lines


def _differences(
    lines: dict[str, Sum], since: datetime, until: datetime, carried: Iterable[str]
) -> list[dict[str, str]]:
    """Compare by source; what does not fit at first sight is looked at more closely."""
    written = books.sources_of(books.booked_between(since, until))
    found = [
        {"source": "", "text": f"The ledger has entries {subject}:…, of which Stripe knows nothing."}
        for subject, source in sorted(written.items())
        if not source
    ]
    sources = sorted({*lines, *carried, *filter(None, written.values())})
    ours = _ours(sources)
    for source in sources:
        if source not in lines or ours.get(source) != lines[source]:
            found += _closely(source, lines.get(source))
    return found


def _ours(sources: Iterable[str]) -> dict[str, Sum]:
    subjects = books.subjects_of(sources)
    sums = books.booked(subjects.values())
    return {source: sums[subject] for source, subject in subjects.items() if subject in sums}


def _closely(source: str, line: Sum | None) -> list[dict[str, str]]:
    """Compare one source with what Stripe says of it as a whole, after its own service has had a look at it."""
    problem = _try(lambda: _follow(source))
    ours, theirs = _ours([source]).get(source), _stands(source, line)
    if ours != theirs:
        return [{"source": source, "text": f"Of {source} Stripe has {_told(theirs)}, the ledger {_told(ours)}."}]
    return [{"source": source, "text": f"Looking into {source} has failed: {problem}."}] if problem else []


def _follow(source: str) -> None:
    """Let whoever handles the webhooks about it learn of it."""
    if any(other.follow(source) for other in others()):
        return
    if source.startswith("re_"):
        refunds.refund_changed("", source)
    elif source.startswith(("dp_", "du_")):
        disputes.dispute_changed("", source)
    elif order := _order_of(source):
        checkout.look(order)


def _order_of(charge: str) -> int | None:
    """Return the order of a charge, also of one that only Stripe knows to be the order's."""
    known = Order.objects.filter(charge=charge).values_list("pk", flat=True).first()
    if known is not None or not charge.startswith(("ch_", "py_")):
        return known
    payment = gateway.retrieve_charge(charge).payment_intent
    name = gateway.retrieve_payment(payment).metadata.get("order", "") if payment else ""
    return Order.objects.filter(public_id=name or "-").values_list("pk", flat=True).first()


def _stands(source: str, line: Sum | None) -> Sum | None:
    """Return what Stripe has booked of something in all; None for what it does not know."""
    try:
        if (keeper := keeper_of(source)) is not None:
            return keeper.stands(source) or line
        if source.startswith("re_"):
            refund = gateway.retrieve_refund(source)
            back = refund.status in ("failed", "canceled")
            return Sum(refund.currency, 0 if back else -refund.amount, 0)
        if source.startswith(("dp_", "du_")):
            dispute = gateway.retrieve_dispute(source)
            return Sum(
                dispute.currency, sum(each.amount for each in dispute.lines), sum(each.fee for each in dispute.lines)
            )
        if source.startswith(("ch_", "py_")):
            balance = gateway.retrieve_charge(source).balance
            return Sum(balance.currency, balance.amount, balance.fee) if balance else None
    except PaymentRefusedError:
        return None
    return line


def _told(found: Sum | None) -> str:
    if found is None:
        return "nothing"
    fee = f", less {Money(found.fee, found.currency)}" if found.fee else ""
    return f"{Money(found.amount, found.currency)}{fee}"
