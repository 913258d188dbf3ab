"""Addresses of the people's part of the API."""

from __future__ import annotations

from django.urls import re_path

from accounts.api.views import PersonFollow, PersonFollowers, PersonFollowing

_PERSON = r"^people/(?P<public_id>[1-9A-Za-z]{14})"
urlpatterns = [
    re_path(rf"{_PERSON}/follow$", PersonFollow.as_view(), name="person-follow"),
    re_path(rf"{_PERSON}/followers$", PersonFollowers.as_view(), name="person-followers"),
    re_path(rf"{_PERSON}/following$", PersonFollowing.as_view(), name="person-following"),
]
