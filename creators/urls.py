"""Addresses of what creators earn."""

from __future__ import annotations

from django.urls import path

from creators.views import earnings, tips

app_name = "creators"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/<str:public_id>/", earnings.room, name="room"),
    path("@<str:handle>/tip/", tips.give, name="tip-give"),
    path("tips/", tips.given, name="tips"),
    path("tips/received/", tips.received, name="tips-received"),
    path("tips/received/choice/", tips.choose, name="tips-choose"),
    path("tips/received/<str:public_id>/thanks/", tips.thank, name="tip-thank"),
    path("tips/<str:public_id>/", tips.tip, name="tip"),
    path("tips/<str:public_id>/pay/", tips.pay, name="tip-pay"),
    path("tips/<str:public_id>/words/", tips.unsay, name="tip-unsay"),
]
