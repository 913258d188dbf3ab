"""Addresses of what creators earn."""

from __future__ import annotations

from django.urls import path

from creators.views import earnings, fund, payees, payouts, statements, tips

app_name = "creators"
urlpatterns = [
    path("earnings/", earnings.earnings, name="earnings"),
    path("earnings/statements/", statements.statements, name="statements"),
    path("earnings/statements/<str:currency>/<int:year>/<int:month>/", statements.statement, name="statement"),
    path(
        "earnings/statements/<str:currency>/<int:year>/<int:month>/statement.csv",
        statements.statement_file,
        name="statement-file",
    ),
    path("earnings/tax/<int:year>/", statements.tax, name="tax"),
    path("earnings/tax/<int:year>/tax.csv", statements.tax_file, name="tax-file"),
    path("earnings/payee/", payees.payee, name="payee"),
    path("earnings/payee/look/", payees.look, name="payee-look"),
    path("earnings/payee/back/", payees.back, name="payee-back"),
    path("earnings/payee/again/", payees.again, name="payee-again"),
    path("earnings/payout/", payouts.ask, name="ask-payout"),
    path("earnings/<str:public_id>/", earnings.room, name="room"),
    path("fund/", fund.fund, name="fund"),
    path("fund/<str:public_id>/", fund.programme, name="programme"),
    path("fund/<str:public_id>/apply/", fund.application, name="fund-apply"),
    path("fund/<str:public_id>/withdraw/", fund.take_back, name="fund-withdraw"),
    path("fund/<str:public_id>/<int:number>/", fund.share, name="fund-share"),
    path(
        "fund/<str:public_id>/<int:number>/<int:version>/snapshot.json",
        fund.file,
        {"kind": "snapshot"},
        name="fund-snapshot",
    ),
    path(
        "fund/<str:public_id>/<int:number>/<int:version>/allocation.json",
        fund.file,
        {"kind": "allocation"},
        name="fund-allocation",
    ),
    path("@<str:handle>/tip/", tips.give, name="tip-give"),
    path("tips/", tips.given, name="tips"),
    path("tips/received/", tips.received, name="tips-received"),
    path("tips/received/choice/", tips.choose, name="tips-choose"),
    path("tips/received/<str:public_id>/thanks/", tips.thank, name="tip-thank"),
    path("tips/<str:public_id>/", tips.tip, name="tip"),
    path("tips/<str:public_id>/pay/", tips.pay, name="tip-pay"),
    path("tips/<str:public_id>/words/", tips.unsay, name="tip-unsay"),
]
