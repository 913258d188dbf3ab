"""Addresses of the people's pages; logging in and out is allauth's, under /accounts/."""

from __future__ import annotations

from django.urls import path

from accounts.profile_views import change_own_picture, change_page
from accounts.views import change_settings, show_profile

app_name = "accounts"
urlpatterns = [
    path("settings/", change_settings, name="settings"),
    path("settings/page/", change_page, name="own_page"),
    path("settings/page/picture/", change_own_picture, name="own_picture"),
    path("@<str:handle>/", show_profile, name="profile"),
]
