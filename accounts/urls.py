"""Addresses of the people's pages; logging in and out is allauth's, under /accounts/."""

from __future__ import annotations

from django.urls import path

from accounts import notification_views
from accounts.views import change_settings, show_profile

app_name = "accounts"
urlpatterns = [
    path("settings/", change_settings, name="settings"),
    path("@<str:handle>/", show_profile, name="profile"),
    path("settings/notifications/", notification_views.notification_settings, name="notification-settings"),
    path("notifications/", notification_views.notifications, name="notifications"),
    path("notifications/device/", notification_views.device, name="notification-device"),
    path("notifications/read/", notification_views.read_all, name="notifications-read"),
    path("notifications/<str:public_id>/", notification_views.notification, name="notification"),
    path("notifications/<str:public_id>/remove/", notification_views.remove, name="notification-remove"),
    path("notifications/<str:public_id>/restore/", notification_views.restore, name="notification-restore"),
    path("unsubscribe/<str:token>/", notification_views.unsubscribe_by_link, name="unsubscribe"),
]
