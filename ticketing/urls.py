"""Addresses of what people pay, and of the pages about money."""

from __future__ import annotations

from django.urls import path

from ticketing.views import buying, hosting, ledger
from ticketing.views.tickets import tickets
from ticketing.views.webhook import webhook

app_name = "ticketing"
urlpatterns = [
    path("ledger/", ledger.ledger, name="ledger"),
    path("ledger/digests.json", ledger.digests, name="digests"),
    path("rooms/<str:room_id>/seat/", buying.seat, name="seat"),
    path("rooms/<str:room_id>/line/", buying.join, name="line"),
    path("rooms/<str:room_id>/line/leave/", buying.leave, name="line-leave"),
    path("orders/<str:public_id>/", buying.order, name="order"),
    path("orders/<str:public_id>/pay/", buying.pay, name="pay"),
    path("orders/<str:public_id>/give-up/", buying.give_up, name="give-up"),
    path("orders/<str:public_id>/refund/", buying.refund, name="refund"),
    path("tickets/", tickets, name="tickets"),
    path("rooms/<str:public_id>/tickets/", hosting.host, name="host"),
    path("rooms/<str:public_id>/tickets/sales/", hosting.sales, name="host-sales"),
    path("rooms/<str:public_id>/tickets/guests/", hosting.guests, name="host-guests"),
    path("rooms/<str:public_id>/tickets/guests/<str:ticket_id>/off/", hosting.guest_off, name="host-guest-off"),
    path("rooms/<str:public_id>/tickets/<str:ticket_id>/refund/", hosting.refund, name="host-refund"),
    path("rooms/<str:public_id>/tickets/holders.csv", hosting.holders_file, name="host-holders-file"),
    path("rooms/<str:public_id>/tickets/statement/", hosting.statement, name="host-statement"),
    path("stripe/webhook/", webhook, name="stripe-webhook"),
]
