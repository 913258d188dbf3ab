"""Addresses of the style guide."""

from __future__ import annotations

from django.urls import path

from config.styleguide import door, earnings, mail, orders, planned, problems, rooms, sales, views

app_name = "styleguide"
urlpatterns = [
    path("", views.index, name="index"),
    path("mail/", mail.mails, name="mails"),
    path("mail/<str:name>/", mail.mail, name="mail"),
    path("door/<slug:name>/", door.door, name="door"),
    path("problem/<str:code>/", problems.problem, name="problem"),
    path("rooms/<slug:name>/", rooms.room, name="room"),
    path("planned/<slug:name>/", planned.planned, name="planned"),
    path("orders/<slug:name>/", orders.order, name="order"),
    path("earnings/<slug:name>/", earnings.earnings, name="earnings"),
    path("sales/<slug:name>/", sales.sales, name="sales"),
    path("<slug:family>/", views.family, name="family"),
]
