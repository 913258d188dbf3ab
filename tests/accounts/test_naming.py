"""Which handles people may have."""

from __future__ import annotations

import pytest

from accounts.errors import HandleInvalidError, HandleReservedError
from accounts.naming import RESERVED_HANDLES, check_handle


@pytest.mark.parametrize("handle", ["abc", "a" * 30, "Maiwenn_22", "___", "123"])
def test_handle_at_its_limits(handle: str) -> None:
    check_handle(handle)


@pytest.mark.parametrize(
    "handle", ["", "ab", "a" * 31, "maïwenn", "a b c", "a-b-c", "abc\n", "\u0663\u0664\u0665", "@maiwenn", "abc/def"]
)
def test_handle_beyond_its_limits(handle: str) -> None:
    with pytest.raises(HandleInvalidError):
        check_handle(handle)


@pytest.mark.parametrize("handle", ["admin", "Admin", "STAFF", "causerie", "jsi18n", "readyz", "api"])
def test_handle_reserved_whatever_its_case(handle: str) -> None:
    if len(handle) >= 3:
        with pytest.raises(HandleReservedError):
            check_handle(handle)


def test_reserved_handles_are_lower_case() -> None:
    assert sorted(RESERVED_HANDLES) == sorted(handle.lower() for handle in RESERVED_HANDLES)
