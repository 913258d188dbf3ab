"""What Lighthouse says of our pages and says the same each time; `make lighthouse` adds how fast they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.tools.lighthouse import LEAST, STEADY, look_at, pages

if TYPE_CHECKING:
    from tests.servers.deployed import Deployed

pytestmark = pytest.mark.e2e


@pytest.mark.parametrize("name", ["hallway", "room", "profile"])
def test_page_is_accessible_well_made_and_can_be_found(deployed: Deployed, name: str) -> None:
    report = look_at(pages(deployed)[name], STEADY)

    short = {category: score for category, score in report.scores.items() if score < LEAST[category]}
    assert (short, sorted(report.scores)) == ({}, sorted(STEADY)), report.faults
