"""Snapshots: one form and digest for one content; what is not in order is refused in a sentence, never a traceback."""

from __future__ import annotations

import contextlib
import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from creators.errors import FundFileError
from creators.fund import canonical
from creators.fund import snapshot as snapshots_
from creators.fund.allocation import allocate
from creators.fund.pseudonyms import pseudonym
from creators.fund.reasons import Reason
from creators.fund.snapshot import MAX_MONEY, MAX_SECONDS, digest_of, freeze, read
from creators.fund.terms import Formula
from tests.creators.fund_cases import listener, snapshot, snapshots

if TYPE_CHECKING:
    from creators.fund.snapshot import Snapshot

LISTENING = {"ana": {1: 300}, "ben": {1: 100, 2: 100}}
CASE = snapshot(Formula.PRO_RATA, LISTENING, refused={"ben": Reason.of("followers", found=4, needed=5)}, creator_cap=9)
PLAIN: dict[str, Any] = {
    "format": "causerie-fund-snapshot-1",
    "programme": "spring",
    "period": 1,
    "currency": "eur",
    "terms": {"formula": "pro_rata", "budget": 1000, "unit": 1, "min_listeners": 0, "creator_cap": 9},
    "creators": [
        {"id": "ana", "refused": []},
        {"id": "ben", "refused": [{"code": "followers", "found": 4, "needed": 5}]},
    ],
    "receipts": [["ana", listener(1), 300], ["ben", listener(1), 100], ["ben", listener(2), 100]],
}
KEY = b"k" * 32


def changed(path: str, value: Any) -> bytes:
    """Return the plain file with something else in one place."""
    content = json.loads(json.dumps(PLAIN))
    *way, last = [int(step) if step.isdigit() else step for step in path.split("/")]
    place = content
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(content).encode()


def refusal(raw: bytes) -> str:
    with pytest.raises(FundFileError) as refused:
        read(raw)
    assert refused.value.code == "bad_fund_file"
    return str(refused.value)


def test_file_is_what_is_documented() -> None:
    assert freeze(CASE) == json.dumps(PLAIN, sort_keys=True, separators=(",", ":")).encode()
    assert read(freeze(CASE)) == CASE
    assert digest_of(CASE) == canonical.digest(freeze(CASE))


@given(snapshots())
def test_what_was_written_is_read(case: Snapshot) -> None:
    again = read(freeze(case))
    assert (digest_of(again), freeze(again)) == (digest_of(case), freeze(case))


def test_layout_and_order_do_not_matter() -> None:
    mixed = PLAIN | {"creators": PLAIN["creators"][::-1], "receipts": PLAIN["receipts"][::-1]}
    laid_out = json.dumps(dict(reversed(mixed.items())), indent=4).encode() + b"\n"
    assert read(laid_out) == CASE


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("programme", "summer"),
        ("period", 2),
        ("currency", "usd"),
        ("terms/budget", 1001),
        ("terms/min_listeners", 1),
        ("creators/0/id", "ana2"),
        ("creators/1/refused", []),
        ("receipts/0/2", 301),
    ],
)
def test_digest_covers_everything(path: str, value: Any) -> None:
    raw = changed(path, value)
    if path == "creators/0/id":
        raw = raw.replace(b'["ana"', b'["ana2"')
    assert digest_of(read(raw)) != digest_of(CASE)


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("format", "causerie-fund-snapshot-2", "The file’s format is “causerie-fund-snapshot-2”, and this"),
        ("format", None, "The file’s format is “None”"),
        ("surprise", 1, "snapshot: “surprise” is not known here."),
        ("programme", "a b", "programme must be a text of the form [A-Za-z0-9_-]{1,64}."),
        ("programme", "x" * 65, "programme must be a text"),
        ("programme", "spring\n", "programme must be a text"),
        ("period", 0, "period must be a whole number from 1 to 100000."),
        ("period", 100_001, "period must be a whole number"),
        ("period", True, "period must be a whole number"),
        ("period", "1", "period must be a whole number"),
        ("currency", "EUR", "EUR is no currency; euros are “eur”."),
        ("currency", ["eur"], "['eur'] is no currency"),
        ("terms", [], "terms must be an object."),
        ("terms/formula", "luck", "terms.formula must be one of flat, pro_rata, user_centric, quadratic."),
        ("terms/formula", [], "terms.formula must be one of"),
        ("terms/budget", 0, "terms.budget must be a whole number from 1 to 1000000000000000."),
        ("terms/budget", MAX_MONEY + 1, "terms.budget must be a whole number"),
        ("terms/unit", 0, "terms.unit must be a whole number from 1 to 1000."),
        ("terms/unit", 10, "terms.creator_cap must be a multiple of 10."),
        ("terms/creator_cap", None, "terms.creator_cap must be a whole number"),
        ("terms/creator_cap", 0, "terms.creator_cap must be a whole number"),
        ("terms/listener_cap", 0, "terms.listener_cap must be a whole number"),
        ("terms/listener_cap", MAX_SECONDS + 1, "terms.listener_cap must be a whole number from 1 to 31622400."),
        ("terms/min_listeners", -1, "terms.min_listeners must be a whole number"),
        ("terms/stipend", 5, "terms.stipend means nothing to the formula pro_rata."),
        ("creators", {}, "creators must be a list of at most 10000."),
        ("creators/0", "ana", "creators[0] must be an object."),
        ("creators/0", {"id": "ana"}, "creators[0] lacks “refused”."),
        ("creators/1/id", "ana", "creators: ana stands there twice."),
        ("creators/0/id", "\ud800", "creators[0].id must be a text"),
        ("creators/0/refused", [{}], "creators[0].refused[0].code must be a text of the form"),
        ("creators/0/refused", ["age"], "creators[0].refused[0] must be an object with a code and at most 8 facts."),
        ("creators/0/refused", [{"code": "age"}] * 2, "creators[0].refused: "),
        ("creators/0/refused", [{"code": "age"}] * 21, "creators[0].refused must be a list of at most 20."),
        ("creators/0/refused", [{"code": "age", "because": "x"}], "creators[0].refused[0] must be an object"),
        ("creators/0/refused", [{"code": "age", "found": -1}], "creators[0].refused[0].found must be a whole number"),
        ("creators/0/refused", [{"code": "age", "found": True}], "creators[0].refused[0].found must be a whole number"),
        ("creators/0/refused", [{"code": "age", "F": 1}], "creators[0].refused[0].F must be a text of the form"),
        ("receipts/0", ["ana", listener(1)], "receipts[0] must be creator, listener and amount."),
        ("receipts/0", {"creator": "ana"}, "receipts[0] must be a list of at most 3."),
        ("receipts/0/0", "zoe", "receipts[0] names nobody of the list of creators."),
        ("receipts/0/0", [], "receipts[0] names nobody"),
        ("receipts/0/1", "ana@example.org", "receipts[0][1] must be a text of the form [0-9a-f]{32}."),
        ("receipts/0/1", "A" * 32, "receipts[0][1] must be a text"),
        ("receipts/0/2", 0, "receipts[0][2] must be a whole number from 1 to 31622400."),
        ("receipts/0/2", -60, "receipts[0][2] must be a whole number"),
        ("receipts/0/2", MAX_SECONDS + 1, "receipts[0][2] must be a whole number"),
        ("receipts/0/2", 1.0, "1.0 has no place in the file: numbers are whole, with at most 18 digits."),
        ("receipts/0/2", float("nan"), "NaN has no place in the file"),
        ("receipts/0/2", 10**18, "1000000000000000000 has no place in the file"),
        ("receipts/2/1", listener(1), f"receipts: ('ben', '{listener(1)}') stands there twice."),
        ("programme", [[[[[[[]]]]]]], "Lists and objects lie in one another more than 6 deep."),
    ],
)  # fmt: skip
def test_what_is_not_in_order_is_refused_with_its_place(path: str, value: Any, said: str) -> None:
    assert refusal(changed(path, value)).startswith(said)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"", "The file is no JSON in UTF-8."),
        (b"\xff\xfe{}", "The file is no JSON in UTF-8."),
        (b"\xef\xbb\xbf{}", "The file is no JSON in UTF-8."),
        (b'{"format": ', "The file is no JSON in UTF-8."),
        (b"[" * 200_000, "The file is no JSON in UTF-8."),
        (b"[]", "The file does not begin with a JSON object."),
        (b'{"period": 1, "period": 2}', "The name “period” stands twice in one object."),
        (b'{"a": 1e400}', "1e400 has no place in the file"),
        (b'{"a": -Infinity}', "-Infinity has no place in the file"),
        (b'{"a": ' + b"9" * 5_000 + b"}", "9" * 60 + "… has no place in the file"),
        (b"{}", "The file’s format is “None”"),
        (b'{"format": "\\u001b[2J"}', "The file’s format is “\\x1b[2J”"),
    ],
)
def test_what_is_no_snapshot_at_all_is_refused(raw: bytes, said: str) -> None:
    assert refusal(raw).startswith(said)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("programme", "x" * 64),
        ("period", 100_000),
        ("terms/budget", MAX_MONEY),
        ("terms/budget", 1),
        ("terms/listener_cap", MAX_SECONDS),
        ("terms/listener_cap", 1),
        ("receipts/0/2", 1),
        ("receipts/0/2", MAX_SECONDS),
        ("creators/0/refused", [{"code": f"c{number}"} for number in range(20)]),
        ("creators/0/refused", [{"code": "age"} | {f"f{number}": 10**15 for number in range(8)}]),
    ],
)
def test_what_is_at_a_limit_is_read(path: str, value: Any) -> None:
    read(changed(path, value))


def test_formulas_have_terms_of_their_own() -> None:
    flat = {"formula": "flat", "budget": 1000, "unit": 1, "min_listeners": 0}
    assert refusal(changed("terms", flat)) == "terms lacks “stipend”."
    assert refusal(changed("terms", flat | {"stipend": 5, "listener_cap": 5})) == (
        "terms.listener_cap means nothing to the formula flat."
    )
    assert read(changed("terms", flat | {"stipend": 5})).terms.stipend == 5
    pots = {"formula": "user_centric", "budget": 1000, "unit": 10, "min_listeners": 0, "listener_cap": 15}
    assert refusal(changed("terms", pots)) == "terms.listener_cap must be a multiple of 10."
    paid = {"formula": "quadratic", "budget": 1000, "unit": 10, "min_listeners": 0, "listener_cap": MAX_MONEY}
    assert read(changed("terms", paid)).terms.listener_cap == MAX_MONEY


@pytest.mark.parametrize("name", sorted(PLAIN.keys() - {"format"}))
def test_nothing_may_be_missing(name: str) -> None:
    content = {each: value for each, value in PLAIN.items() if each != name}
    assert refusal(json.dumps(content).encode()) == f"snapshot lacks “{name}”."


@pytest.mark.parametrize(("name", "limit"), [("MAX_CREATORS", 2), ("MAX_RECEIPTS", 3)])
def test_file_has_room_for_so_many_and_no_more(name: str, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for at_most in (limit, limit + 1):
        monkeypatch.setattr(snapshots_, name, at_most)
        assert read(freeze(CASE)) == CASE
    monkeypatch.setattr(snapshots_, name, limit - 1)
    assert f"must be a list of at most {limit - 1}." in refusal(json.dumps(PLAIN).encode())


def test_file_is_as_long_as_half_a_million_receipts_and_no_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    written = freeze(CASE)
    for longest in (len(written), len(written) + 1):
        monkeypatch.setattr(canonical, "MAX_BYTES", longest)
        assert read(written) == CASE
    monkeypatch.setattr(canonical, "MAX_BYTES", len(written) - 1)
    assert refusal(written) == f"The file is longer than {len(written) - 1} bytes; none of the fund’s is."


def test_what_could_not_be_read_again_is_never_written() -> None:
    with pytest.raises(FundFileError, match="period must be a whole number"):
        freeze(replace(CASE, period=0))


def test_refusals_are_in_the_readers_language() -> None:
    with translation.override("fr"):
        assert refusal(changed("period", 0)) == "period doit être un nombre entier de 1 à 100000."


JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=40)
    | st.sampled_from(["ana", "eur", "flat"]),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=12), inside, max_size=4),
    max_leaves=12,
)


def places(value: Any, way: str = "") -> list[str]:
    """Return the paths of everything in a file."""
    steps = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(path for step, inside in steps for path in places(inside, f"{way}/{step}"))]


def used(raw: bytes) -> None:
    """Read a file, and use what is in it if it is one. Anything but a FundFileError fails the test."""
    with contextlib.suppress(FundFileError):
        case = read(raw)
        found = allocate(case)
        assert found.given <= found.budget
        assert read(freeze(case)) == case


@given(st.sampled_from(places(PLAIN)[1:]), JUNK)
def test_whatever_stands_in_a_place_is_read_or_refused(path: str, value: Any) -> None:
    used(changed(path.removeprefix("/"), value))


@given(JUNK)
def test_whatever_json_is_read_or_refused(value: Any) -> None:
    used(json.dumps(value).encode())


@given(st.binary(max_size=200))
def test_whatever_bytes_are_read_or_refused(raw: bytes) -> None:
    used(raw)


@given(st.data())
def test_file_that_was_cut_patched_or_doubled_is_read_or_refused(data: st.DataObject) -> None:
    raw = freeze(CASE)
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    new = data.draw(st.sampled_from([data.draw(st.binary(max_size=8)), 2 * raw[start:end], raw[start:end][::-1]]))
    used(raw[:start] + new + raw[end:])


def test_listener_has_another_name_in_each_period_and_programme() -> None:
    def named(key: bytes = KEY, programme: str = "spring", period: int = 1, listener: str = "u1") -> str:
        return pseudonym(key, programme=programme, period=period, listener=listener)

    names = [named(), named(period=2), named(programme="summer"), named(listener="u2"), named(key=b"l" * 32)]
    assert len(set(names)) == len(names)
    assert named() == named()
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)


@pytest.mark.parametrize(("length", "is_enough"), [(31, False), (32, True), (33, True)])
def test_short_key_is_refused(length: int, is_enough: bool) -> None:
    with contextlib.nullcontext() if is_enough else pytest.raises(ValueError, match="could be guessed"):
        pseudonym(b"k" * length, programme="spring", period=1, listener="u1")
