"""`manage.py fund_verify SNAPSHOT [--against ALLOCATION]`: compute an allocation again from its snapshot alone.

It reads the files and nothing else: no database, no network. Any difference makes it fail.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from config.lib.money import Money
from creators.errors import FundFileError
from creators.fund import snapshot as snapshots
from creators.fund.allocation import allocate
from creators.fund.canonical import MAX_BYTES
from creators.fund.comparing import differences, read_published

if TYPE_CHECKING:
    from argparse import ArgumentParser

    from creators.fund.allocation import Allocation
    from creators.fund.snapshot import Snapshot


class Command(BaseCommand):
    help = "Compute an allocation of the fund again from its snapshot, and compare it with the published one."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("snapshot", type=Path, metavar="SNAPSHOT", help="the snapshot's file")
        parser.add_argument("--against", type=Path, metavar="ALLOCATION", help="the published allocation's file")
        parser.add_argument("--write", type=Path, metavar="FILE", help="write the computed allocation there")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            snapshot = snapshots.read(_content(options["snapshot"]))
            allocation = allocate(snapshot)
            self._show(snapshot, allocation)
            if options["write"]:
                options["write"].write_bytes(allocation.write())
            if options["against"]:
                self._compare(allocation, _content(options["against"]))
        except FundFileError as error:
            raise CommandError(str(error.message)) from error
        except OSError as error:
            message = f"{error.filename}: {error.strerror}"
            raise CommandError(message) from error

    def _show(self, snapshot: Snapshot, allocation: Allocation) -> None:
        budget, given, left = (
            Money(minor, snapshot.currency) for minor in (allocation.budget, allocation.given, allocation.left)
        )
        lines = {
            _("Snapshot (SHA-256)"): allocation.snapshot,
            _("Allocation (SHA-256)"): allocation.digest(),
            _("Programme and period"): f"{snapshot.programme} {snapshot.period}",
            _("Formula"): str(snapshot.terms.formula),
            _("Creators, receipts"): f"{len(snapshot.creators)}, {len(snapshot.receipts)}",
            _("Creators with a share"): str(sum(share.minor > 0 for share in allocation.shares)),
            _("Budget"): str(budget),
            _("Given"): str(given),
            _("Left in the budget"): str(left),
        }
        for name, value in lines.items():
            self.stdout.write(f"{name}: {value}")

    def _compare(self, allocation: Allocation, raw: bytes) -> None:
        published = read_published(raw)
        self.stdout.write(_("Published allocation (SHA-256)") + f": {published.digest}")
        found = differences(published, allocation)
        for each in found:
            self.stdout.write(_("%(where)s: published %(published)s, computed %(computed)s") % each._asdict())
        if found:
            raise CommandError(
                _("The published allocation is another one. Differences: %(number)d.") % {"number": len(found)}
            )
        self.stdout.write(_("The published allocation is the computed one."))


def _content(path: Path) -> bytes:
    """Return a file, or so much of it that it is known to be too long."""
    with path.open("rb") as file:
        return file.read(MAX_BYTES + 1)
