"""`manage.py fund_verify`: the same cents from the file alone, on a machine without anything else."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from creators.fund.allocation import allocate
from creators.fund.snapshot import digest_of, freeze
from creators.fund.terms import Formula
from tests.creators.fund_cases import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

# No test here may touch the database: pytest-django refuses it to them.
ROOT = Path(__file__).parents[2]
CASE = snapshot(Formula.PRO_RATA, {"ana": {1: 200}, "ben": {2: 100}}, budget=100)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "snapshot.json"
    path.write_bytes(freeze(CASE))
    return path


@pytest.fixture
def published(tmp_path: Path) -> Callable[..., Path]:
    """Return a function that writes an allocation's file, of which something was changed."""

    def write(change: Callable[[dict[str, Any]], object] = dict) -> Path:
        content = json.loads(allocate(CASE).write())
        change(content)
        path = tmp_path / "allocation.json"
        path.write_text(json.dumps(content, indent=2))
        return path

    return write


def said(*arguments: object) -> list[str]:
    out = io.StringIO()
    call_command("fund_verify", *map(str, arguments), stdout=out)
    return out.getvalue().splitlines()


def failed(*arguments: object) -> tuple[list[str], str]:
    out = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command("fund_verify", *map(str, arguments), stdout=out)
    assert error.value.returncode == 1
    return out.getvalue().splitlines(), str(error.value)


def test_digests_and_totals_are_shown(file: Path) -> None:
    assert said(file) == [
        f"Snapshot (SHA-256): {digest_of(CASE)}",
        f"Allocation (SHA-256): {allocate(CASE).digest()}",
        "Programme and period: spring 1",
        "Formula: pro_rata",
        "Creators, receipts: 2, 2",
        "Creators with a share: 2",
        "Budget: 1.00 eur",
        "Given: 1.00 eur",
        "Left in the budget: 0.00 eur",
    ]


def test_published_allocation_is_the_computed_one(file: Path, published: Callable[..., Path]) -> None:
    assert said(file, "--against", published())[-2:] == [
        f"Published allocation (SHA-256): {allocate(CASE).digest()}",
        "The published allocation is the computed one.",
    ]


def test_order_of_published_shares_does_not_matter(file: Path, published: Callable[..., Path]) -> None:
    path = published(lambda content: content["shares"].reverse())
    assert said(file, "--against", path)[-1] == "The published allocation is the computed one."


def test_each_difference_is_shown_and_fails(file: Path, published: Callable[..., Path]) -> None:
    def favour(content: dict[str, Any]) -> None:
        content["shares"][0]["share"] = 68
        content["shares"][1] |= {"share": 32, "reasons": []}
        content["note"] = "as agreed"
        del content["left"]

    lines, message = failed(file, "--against", published(favour))
    assert lines[-5:] == [
        "left: published —, computed 0",
        'note: published "as agreed", computed —',
        "shares.ana.share: published 68, computed 67",
        'shares.ben.reasons: published [], computed [{"code":"rounded_down"}]',
        "shares.ben.share: published 32, computed 33",
    ]
    assert message == "The published allocation is another one. Differences: 5."


def test_creator_who_was_left_out_or_added_is_a_difference(file: Path, published: Callable[..., Path]) -> None:
    def swap(content: dict[str, Any]) -> None:
        content["shares"][1]["creator"] = "zoe"

    lines, _message = failed(file, "--against", published(swap))
    assert [line.split(":")[0] for line in lines[-2:]] == ["shares.ben", "shares.zoe"]


def test_creator_who_stands_there_twice_is_a_difference(file: Path, published: Callable[..., Path]) -> None:
    lines, _message = failed(
        file, "--against", published(lambda content: content["shares"].append(content["shares"][0]))
    )
    assert lines[-1].startswith("shares: published [")


def test_computed_allocation_is_written(file: Path, tmp_path: Path) -> None:
    said(file, "--write", tmp_path / "mine.json")
    assert (tmp_path / "mine.json").read_bytes() == allocate(CASE).write()
    assert said(file, "--against", tmp_path / "mine.json")[-1] == "The published allocation is the computed one."


@pytest.mark.parametrize("option", [(), ("--against",)])
def test_file_that_is_none_of_the_funds_is_refused(file: Path, option: tuple[str, ...]) -> None:
    other = file.with_name("other.json")
    other.write_text('{"format": "letter"}')
    _lines, message = failed(*((file, *option, other) if option else (other,)))
    assert message.startswith("The file’s format is “letter”, and this program reads “causerie-fund-")


def test_file_that_cannot_be_read_is_named(file: Path, tmp_path: Path) -> None:
    absent = tmp_path / "absent.json"
    assert failed(absent)[1] == f"{absent}: No such file or directory"
    assert failed(file, "--against", tmp_path)[1] == f"{tmp_path}: Is a directory"


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(max_size=8)
    | st.sampled_from(["ana", "creator"]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=8), inside, max_size=3),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["shares", "budget", "reasons", "snapshot", "more"]), JSON)
@example("shares", -(10**17))
def test_whatever_is_published_in_its_place_is_a_difference(
    file: Path, published: Callable[..., Path], name: str, value: Any
) -> None:
    if json.loads(allocate(CASE).write()).get(name) == value and value is not None:
        return
    path = published(lambda content: content.update({name: value}))
    assert "Differences" in (message := failed(file, "--against", path)[1]) or "deep" in message


def test_bare_machine_is_enough(file: Path, tmp_path: Path) -> None:
    """Another process, whose database and Redis do not exist."""
    nowhere = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/nothing",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "VAR_DIR": str(tmp_path),
    }
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    done = subprocess.run(
        [sys.executable, "manage.py", "fund_verify", str(file)],
        cwd=ROOT,
        env=kept | nowhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == said(file)
