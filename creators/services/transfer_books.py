"""Transfers and reversals for the nightly reconciliation: what the ledger has of each, and what Stripe."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from creators.enums import TransferState
from creators.models import Reversal, Transfer
from creators.services.transfers import transfer_changed
from ticketing import stripe_gateway as gateway
from ticketing.selectors.reconciliation import Books, Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

REVERSAL = "trr_"
_KINDS = (("transfer", Transfer), ("reversal", Reversal))


def subjects_of(sources: Sequence[str]) -> dict[str, str]:
    """Return the subject of each of Stripe's ids that is one of ours."""
    found: dict[str, str] = {}
    for kind, model in _KINDS:
        rows = model.objects.filter(stripe_id__in=sources).values_list("stripe_id", "public_id")
        found |= {source: f"{kind}:{name}" for source, name in rows}
    return found


def sources_of(subjects: Sequence[str]) -> dict[str, str]:
    """Return Stripe's id of each subject that is a transfer or reversal."""
    names = [subject.partition(":")[2] for subject in subjects]
    found: dict[str, str] = {}
    for kind, model in _KINDS:
        rows = model.objects.filter(public_id__in=names).values_list("public_id", "stripe_id")
        found |= {f"{kind}:{name}": source for name, source in rows}
    return found


def still_open() -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the transfers of which something may have come back unseen: those that are asked back."""
    waiting = Reversal.objects.filter(state=TransferState.WANTED, transfer__state=TransferState.DONE)
    for name, source in waiting.values_list("transfer__public_id", "transfer__stripe_id").distinct():
        yield f"transfer {name}", partial(transfer_changed, "", source)


def follow(source: str) -> None:
    """Learn how a transfer stands; of a reversal, how its transfer does."""
    if (transfer := _transfer_of(source)) is not None:
        transfer_changed("", transfer)


def stands(source: str) -> Sum | None:
    """Return what Stripe has booked; None for a reversal that is not ours."""
    if not source.startswith(REVERSAL):
        found = gateway.retrieve_transfer(source)
        return Sum(found.currency, -found.amount, 0)
    transfer = _transfer_of(source)
    made = gateway.list_reversals(transfer) if transfer is not None else ()
    return next((Sum(each.currency, each.amount, 0) for each in made if each.id == source), None)


def _transfer_of(source: str) -> str | None:
    if not source.startswith(REVERSAL):
        return source
    rows = Reversal.objects.filter(stripe_id=source).values_list("transfer__stripe_id", flat=True)
    return rows.first()


BOOKS = Books(
    prefixes=("tr_", REVERSAL),
    parts={"transfer": ("paid",), "reversal": ("done",)},
    subjects_of=subjects_of,
    sources_of=sources_of,
    still_open=still_open,
    follow=follow,
    stands=stands,
)
