"""Addresses of the people's pages; logging in and out is allauth's, under /accounts/."""

from __future__ import annotations

from django.urls import path

from accounts.invitation_views import (
    invitation_picture,
    join,
    new_invitation,
    own_invitations,
    revoke,
    waiting_asked,
    waiting_list,
    waiting_place,
)
from accounts.views import change_settings, show_profile

app_name = "accounts"
urlpatterns = [
    path("settings/", change_settings, name="settings"),
    path("settings/invitations/", own_invitations, name="invitations"),
    path("settings/invitations/new/", new_invitation, name="new-invitation"),
    path("settings/invitations/<str:code>.svg", invitation_picture, name="invitation-picture"),
    path("settings/invitations/<str:code>/revoke/", revoke, name="revoke-invitation"),
    path("join/<str:code>/", join, name="join"),
    path("waiting/", waiting_list, name="waiting"),
    path("waiting/asked/", waiting_asked, name="waiting-asked"),
    path("waiting/<str:key>/", waiting_place, name="waiting-place"),
    path("@<str:handle>/", show_profile, name="profile"),
]
