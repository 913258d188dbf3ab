"""The check that keeps the relay from starting with an aiortc it was not written for."""

from __future__ import annotations

import pytest
from aiortc import RTCRtpSender

from media.relay import aiortc_internals
from media.relay.aiortc_internals import UnexpectedAiortcError, check


def test_check_of_the_pinned_version_passes() -> None:
    check()


def test_check_of_another_version_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aiortc_internals, "version", lambda _name: "2.0.0")
    with pytest.raises(UnexpectedAiortcError, match=r"needs aiortc 1\.16\.x; installed is 2\.0\.0.*requirements/base"):
        check()


def test_check_names_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(RTCRtpSender, "send")
    with pytest.raises(UnexpectedAiortcError, match=r"missing: RTCRtpSender\.send"):
        check()
