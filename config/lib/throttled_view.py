"""A view of the API whose answers say how much of the client's window is left.

Apart from the throttles: REST framework imports those while it is being imported itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.views import APIView

from config.lib.throttles import HEADERS

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.response import Response


class ThrottledView(APIView):
    """Adds what the throttle wrote down to each answer, refusals included."""

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        answer = super().finalize_response(request, response, *args, **kwargs)
        for name, value in request.META.get(HEADERS, {}).items():
            answer[name] = value
        return answer
