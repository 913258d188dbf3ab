"""Addresses of the people's pages; logging in and out is allauth's, under /accounts/."""

from __future__ import annotations

from django.urls import path

from accounts import following_views, notification_views
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
from accounts.privacy_views import ask_for_export, close, come_back, fetch_export, show_data
from accounts.profile_views import change_own_picture, change_page
from accounts.views import change_settings, show_profile

app_name = "accounts"
urlpatterns = [
    path("settings/", change_settings, name="settings"),
    path("settings/data/", show_data, name="data"),
    path("settings/data/export/", ask_for_export, name="ask-for-export"),
    path("settings/data/export/<str:public_id>/", fetch_export, name="export"),
    path("settings/close/", close, name="close"),
    path("accounts/return/", come_back, name="return"),
    path("settings/page/", change_page, name="own_page"),
    path("settings/page/picture/", change_own_picture, name="own_picture"),
    path("settings/invitations/", own_invitations, name="invitations"),
    path("settings/invitations/new/", new_invitation, name="new-invitation"),
    path("settings/invitations/<str:code>.svg", invitation_picture, name="invitation-picture"),
    path("settings/invitations/<str:code>/revoke/", revoke, name="revoke-invitation"),
    path("join/<str:code>/", join, name="join"),
    path("waiting/", waiting_list, name="waiting"),
    path("waiting/asked/", waiting_asked, name="waiting-asked"),
    path("waiting/<str:key>/", waiting_place, name="waiting-place"),
    path("@<str:handle>/", show_profile, name="profile"),
    path("settings/blocked/", following_views.blocked_people, name="blocked"),
    path("settings/muted/", following_views.muted_people, name="muted"),
    path("@<str:handle>/follow/", following_views.follow_person, name="follow"),
    path("@<str:handle>/unfollow/", following_views.unfollow_person, name="unfollow"),
    path("@<str:handle>/followers/", following_views.followers, name="followers"),
    path("@<str:handle>/following/", following_views.following, name="following"),
    path("@<str:handle>/mute/", following_views.mute_person, name="mute"),
    path("@<str:handle>/block/", following_views.block_person, name="block"),
    path("settings/notifications/", notification_views.notification_settings, name="notification-settings"),
    path("notifications/", notification_views.notifications, name="notifications"),
    path("notifications/device/", notification_views.device, name="notification-device"),
    path("notifications/read/", notification_views.read_all, name="notifications-read"),
    path("notifications/<str:public_id>/", notification_views.notification, name="notification"),
    path("notifications/<str:public_id>/remove/", notification_views.remove, name="notification-remove"),
    path("notifications/<str:public_id>/restore/", notification_views.restore, name="notification-restore"),
    path("unsubscribe/<str:token>/", notification_views.unsubscribe_by_link, name="unsubscribe"),
]
