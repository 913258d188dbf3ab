"""Addresses of the people's pages; logging in and out is allauth's, under /accounts/."""

from __future__ import annotations

from django.urls import path

from accounts.views import following, notifications, tokens
from accounts.views.invitations import (
    invitation_picture,
    join,
    new_invitation,
    own_invitations,
    revoke,
    waiting_asked,
    waiting_list,
    waiting_place,
)
from accounts.views.own_page import change_own_picture, change_page
from accounts.views.people import change_settings, show_profile
from accounts.views.privacy import agree, ask_for_export, close, come_back, fetch_export, show_data
from accounts.views.sharing import picture

app_name = "accounts"
urlpatterns = [
    path("settings/", change_settings, name="settings"),
    path("settings/data/", show_data, name="data"),
    path("settings/data/export/", ask_for_export, name="ask-for-export"),
    path("settings/data/export/<str:public_id>/", fetch_export, name="export"),
    path("settings/terms/", agree, name="agree"),
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
    path("@<str:handle>/share.png", picture, name="share-picture"),
    path("settings/blocked/", following.blocked_people, name="blocked"),
    path("settings/muted/", following.muted_people, name="muted"),
    path("@<str:handle>/follow/", following.follow_person, name="follow"),
    path("@<str:handle>/unfollow/", following.unfollow_person, name="unfollow"),
    path("@<str:handle>/followers/", following.followers, name="followers"),
    path("@<str:handle>/following/", following.following, name="following"),
    path("@<str:handle>/mute/", following.mute_person, name="mute"),
    path("@<str:handle>/block/", following.block_person, name="block"),
    path("settings/keys/", tokens.tokens, name="tokens"),
    path("settings/keys/<str:public_id>/revoke/", tokens.revoke, name="revoke-token"),
    path("settings/notifications/", notifications.notification_settings, name="notification-settings"),
    path("notifications/", notifications.notifications, name="notifications"),
    path("notifications/device/", notifications.device, name="notification-device"),
    path("notifications/device/renew/", notifications.renew, name="notification-device-renew"),
    path("notifications/read/", notifications.read_all, name="notifications-read"),
    path("notifications/<str:public_id>/", notifications.notification, name="notification"),
    path("notifications/<str:public_id>/remove/", notifications.remove, name="notification-remove"),
    path("notifications/<str:public_id>/restore/", notifications.restore, name="notification-restore"),
    path("unsubscribe/<str:token>/", notifications.unsubscribe_by_link, name="unsubscribe"),
]
