"""An answer that is an error, in Stripe's form (https://docs.stripe.com/api/errors)."""

from __future__ import annotations

from typing import Any


class ApiError(Exception):
    """What was asked is refused; whatever was written before it stays, as at Stripe."""

    def __init__(self, message: str, *, status: int = 400, kind: str = "invalid_request_error", **more: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"error": {"type": kind, "message": message, **more}}


def missing(kind: str, wanted: str) -> ApiError:
    return ApiError(f"No such {kind}: '{wanted}'", status=404, code="resource_missing", param="id")
