"""Addresses of the style guide."""

from __future__ import annotations

from django.urls import path

from config.styleguide import mail, planned, problems, rooms, views

app_name = "styleguide"
urlpatterns = [
    path("", views.index, name="index"),
    path("mail/", mail.mails, name="mails"),
    path("mail/<str:name>/", mail.mail, name="mail"),
    path("problem/<str:code>/", problems.problem, name="problem"),
    path("rooms/<slug:name>/", rooms.room, name="room"),
    path("planned/<slug:name>/", planned.planned, name="planned"),
    path("<slug:family>/", views.family, name="family"),
]
