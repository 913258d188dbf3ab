"""Addresses of what creators earn."""

from __future__ import annotations

from django.urls import path

from creators.views import earnings, payouts

app_name = "creators"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/payout/", payouts.ask, name="ask-payout"),
    path("earnings/<str:public_id>/", earnings.room, name="room"),
]
