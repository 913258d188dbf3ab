"""What Daphne serves: pages and API over HTTP, rooms over WebSocket."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_pages = get_asgi_application()

# These need the apps that the line above loaded.
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from accounts.routing import websocket_urlpatterns as peoples_sockets  # noqa: E402
from config.lib.daphne_sockets import unsent_by  # noqa: E402
from config.lib.file_ranges import UNSENT  # noqa: E402
from config.web_process import close_gracefully, run_beside  # noqa: E402
from rooms.routing import websocket_urlpatterns  # noqa: E402

_sockets = URLRouter([*websocket_urlpatterns, *peoples_sockets])


async def pages(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve a page or a file; what sends files sees how much of it the client has not read."""
    await _pages(scope | {UNSENT: unsent_by(send)}, receive, send)


async def sockets(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Serve a room's or a person's socket; an unknown address is refused, not an error."""
    try:
        await _sockets(scope, receive, send)
    except ValueError as error:
        if "No route found" not in str(error):
            raise
        await send({"type": "websocket.close"})


application = run_beside(ProtocolTypeRouter({"http": pages, "websocket": sockets}))
close_gracefully()
