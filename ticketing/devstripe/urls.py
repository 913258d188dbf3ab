"""Addresses of devstripe's own pages; there are none where it is off."""

from __future__ import annotations

from django.urls import path

from ticketing.devstripe import pages

app_name = "devstripe"
urlpatterns = [
    path("checkout/<str:session>/", pages.checkout_page, name="checkout"),
    path("checkout/<str:session>/bank/", pages.bank_page, name="bank"),
]
