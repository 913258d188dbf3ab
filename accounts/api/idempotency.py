"""The header `Idempotency-Key`: a call that makes something may be sent again without making it twice."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter
from rest_framework.renderers import JSONRenderer

from accounts.errors import IdempotencyKeyError
from accounts.models import IDEMPOTENCY_KEY_MAX_LENGTH
from accounts.services.idempotency import Answer, answer_once

if TYPE_CHECKING:
    from collections.abc import Callable

    from rest_framework.request import Request
    from rest_framework.response import Response

    from accounts.models import User

HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
PARAMETER = OpenApiParameter(
    HEADER,
    location=OpenApiParameter.HEADER,
    description=(
        "A random text of 1 to 255 printable characters. Sent again within 24 hours, the same call is not done twice: "
        f"it is answered as the first, with `{REPLAYED}: true`. A key stands for one call: with another body it is "
        "refused. A call that was refused is not kept and is tried anew."
    ),
)


def once(request: Request, person: User, do: Callable[[], Response]) -> Response | HttpResponse:
    """Answer the call with what `do` returns, or as it was answered before if it says that it is the same."""
    key = request.headers.get(HEADER)
    if key is None:
        return do()
    if not (1 <= len(key) <= IDEMPOTENCY_KEY_MAX_LENGTH and key.isascii() and key.isprintable()):
        raise IdempotencyKeyError

    def answer() -> Answer:
        response = do()
        return Answer(response.status_code, JSONRenderer().render(response.data).decode())

    kept = answer_once(person, key=key, digest=_digest(request), do=answer)
    response = HttpResponse(kept.body, status=kept.status, content_type="application/json")
    if kept.repeated:
        response[REPLAYED] = "true"
    return response


def _digest(request: Request) -> str:
    """Return what stands for the call: where it goes and what it says, whatever the order of the keys."""
    asked = json.dumps([request.method, request.path, request.data], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(asked.encode()).hexdigest()
