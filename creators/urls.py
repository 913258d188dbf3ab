"""Addresses of what creators earn."""

from __future__ import annotations

from django.urls import path

from creators.views import earnings, payees

app_name = "creators"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/payee/", payees.payee, name="payee"),
    path("earnings/payee/look/", payees.look, name="payee-look"),
    path("earnings/payee/back/", payees.back, name="payee-back"),
    path("earnings/payee/again/", payees.again, name="payee-again"),
    path("earnings/<str:public_id>/", earnings.room, name="room"),
]
