"""Addresses of people's sockets."""

from __future__ import annotations

from django.urls import re_path

from accounts.consumers import PersonConsumer

websocket_urlpatterns = [re_path(r"\Aws/me/\Z", PersonConsumer.as_asgi())]
