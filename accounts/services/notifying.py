"""Stands here until notifications are merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable


def notify(user_ids: Iterable[int], *, kind: str, key: str, data: dict[str, Any] | None = None) -> None:
    """Let people know of something, once."""
