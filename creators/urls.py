"""Addresses of what creators earn."""

from __future__ import annotations

from django.urls import path

from creators.views import earnings

app_name = "creators"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/<str:public_id>/", earnings.room, name="room"),
]
