"""What else than orders is held against Stripe's balance, as higher apps list it in settings.RECONCILED.

A *source* is what a line of Stripe's balance is about: `ch_…`, `re_…`, `tr_…`. A *subject* is how the keys of its
entries in the ledger begin.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime

    from ticketing.selectors.reconciliation import Sum


class Reconciled(Protocol):
    """What reconciliation asks of each."""

    # How subjects begin, and which of their entries stand for what goes in and out at Stripe.
    parts: Mapping[str, tuple[str, ...]]
    # How those of Stripe's ids begin that are nobody else's; `stands` is asked of these.
    prefixes: tuple[str, ...]

    def subjects_of(self, sources: Sequence[str]) -> dict[str, str]:
        """Return the subject of each source that is known here."""

    def sources_of(self, subjects: Sequence[str]) -> dict[str, str]:
        """Return Stripe's id of each subject that is one of these; "" for one whose row does not know it."""

    def open(self, since: datetime) -> Iterable[tuple[str, Callable[[], object]]]:
        """Return what may have gone on unseen: how it is called in a sentence, and what asks Stripe about it."""

    def follow(self, source: str) -> bool:
        """Let whoever handles the webhooks about a source learn of it; False if it is not one of these."""

    def stands(self, source: str) -> Sum | None:
        """Return what Stripe has booked of a source in all; None if that cannot be known."""


def others() -> list[Reconciled]:
    """Return all that are listed."""
    return [import_string(path) for path in settings.RECONCILED]


def keeper_of(source: str) -> Reconciled | None:
    """Return whose alone a source is, if it is not about a payment."""
    return next((other for other in others() if source.startswith(other.prefixes)), None)
