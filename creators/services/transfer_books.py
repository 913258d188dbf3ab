"""Transfers and reversals as reconciliation holds them against Stripe's balance (settings.RECONCILED)."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final

from creators.enums import TransferState
from creators.models import Reversal, Transfer
from creators.services.transfers import transfer_changed
from ticketing import stripe_gateway as gateway
from ticketing.selectors.reconciliation import Sum

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime

_REVERSAL: Final = "trr_"
_KINDS: Final = (("transfer", Transfer), ("reversal", Reversal))


class TransferBooks:
    """A ticketing.reconciled.Reconciled: transfers and reversals, each by its own id."""

    parts: Mapping[str, tuple[str, ...]] = {"transfer": ("paid",), "reversal": ("done",)}
    prefixes = ("tr_", _REVERSAL)

    def subjects_of(self, sources: Sequence[str]) -> dict[str, str]:
        """Return the subject of each of Stripe's ids that is one of ours."""
        found: dict[str, str] = {}
        for kind, model in _KINDS:
            rows = model.objects.filter(stripe_id__in=sources).values_list("stripe_id", "public_id")
            found |= {source: f"{kind}:{name}" for source, name in rows}
        return found

    def sources_of(self, subjects: Sequence[str]) -> dict[str, str]:
        """Return Stripe's id of each subject that is a transfer or reversal."""
        names = [subject.partition(":")[2] for subject in subjects]
        found: dict[str, str] = {}
        for kind, model in _KINDS:
            rows = model.objects.filter(public_id__in=names).values_list("public_id", "stripe_id")
            found |= {f"{kind}:{name}": source for name, source in rows}
        return found

    def open(self, since: datetime) -> Iterator[tuple[str, Callable[[], object]]]:
        """Yield the transfers of which something may have come back unseen, however old: those that are asked back."""
        del since
        waiting = Reversal.objects.filter(state=TransferState.WANTED, transfer__state=TransferState.DONE)
        for name, source in waiting.values_list("transfer__public_id", "transfer__stripe_id").distinct():
            yield f"transfer {name}", partial(transfer_changed, "", source)

    def follow(self, source: str) -> bool:
        """Learn how a transfer stands; of a reversal, how its transfer does."""
        if not source.startswith(self.prefixes):
            return False
        if (transfer := _transfer_of(source)) is not None:
            transfer_changed("", transfer)
        return True

    def stands(self, source: str) -> Sum | None:
        """Return what Stripe has booked; None for a reversal that is not ours."""
        if not source.startswith(_REVERSAL):
            found = gateway.retrieve_transfer(source)
            return Sum(found.currency, -found.amount, 0)
        transfer = _transfer_of(source)
        made = gateway.list_reversals(transfer) if transfer is not None else ()
        return next((Sum(each.currency, each.amount, 0) for each in made if each.id == source), None)


def _transfer_of(source: str) -> str | None:
    if not source.startswith(_REVERSAL):
        return source
    rows = Reversal.objects.filter(stripe_id=source).values_list("transfer__stripe_id", flat=True)
    return rows.first()


BOOKS: Final = TransferBooks()
