"""Addresses of devstripe's own pages; there are none where it is off."""

from __future__ import annotations

from django.urls import path

from ticketing.devstripe import onboarding_pages, pages

app_name = "devstripe"
urlpatterns = [
    path("checkout/<str:session>/", pages.checkout_page, name="checkout"),
    path("checkout/<str:session>/bank/", pages.bank_page, name="bank"),
    path("accounts/link/<str:link_id>/", onboarding_pages.link, name="account-link"),
    path("accounts/<str:visit_id>/", onboarding_pages.account, name="account"),
]
