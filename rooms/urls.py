"""Addresses of the rooms' pages."""

app_name = "rooms"
urlpatterns: list[object] = []
