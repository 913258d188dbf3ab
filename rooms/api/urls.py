"""Addresses of the rooms' part of the API. Partners know a room as a space."""

from __future__ import annotations

from django.urls import path, re_path

from rooms.api.views import SpaceList, SpaceLookup

urlpatterns = [
    path("spaces", SpaceList.as_view(), name="spaces"),
    re_path(r"^spaces/(?P<public_id>[1-9A-Za-z]{14})$", SpaceLookup.as_view(), name="space"),
]
