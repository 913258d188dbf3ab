"""Which handles people may have."""

from __future__ import annotations

import pytest

from accounts.errors import HandleInvalidError, HandleReservedError
from accounts.naming import RESERVED_HANDLES, check_handle, is_well_formed


@pytest.mark.parametrize("handle", ["abc", "a" * 30, "Maiwenn_22", "___", "123"])
def test_handle_at_its_limits(handle: str) -> None:
    check_handle(handle)


@pytest.mark.parametrize(
    "handle", ["", "ab", "a" * 31, "maïwenn", "a b c", "a-b-c", "abc\n", "\u0663\u0664\u0665", "@maiwenn", "abc/def"]
)
def test_handle_beyond_its_limits(handle: str) -> None:
    with pytest.raises(HandleInvalidError):
        check_handle(handle)


@pytest.mark.parametrize(
    "handle", ["admin", "Admin", "STAFF", "causerie", "jsi18n", "readyz", "api", "_admin_", "Sta_ff", "no_reply"]
)
def test_handle_reserved_whatever_its_case(handle: str) -> None:
    if len(handle) >= 3:
        with pytest.raises(HandleReservedError):
            check_handle(handle)


def test_reserved_handles_are_lower_case() -> None:
    assert sorted(RESERVED_HANDLES) == sorted(handle.lower() for handle in RESERVED_HANDLES)


def test_every_first_part_of_an_address_is_reserved() -> None:
    from django.urls import get_resolver

    top = get_resolver().url_patterns
    # What is included at the top has its words there too.
    inside = [one for pattern in top if not str(pattern.pattern) for one in getattr(pattern, "url_patterns", [])]
    firsts = {str(pattern.pattern).split("/")[0].split(".")[0] for pattern in [*top, *inside]}
    words = {first for first in firsts if is_well_formed(first)}
    assert len(words) > 10
    assert words - RESERVED_HANDLES == set()
