"""Countries and rates of tax in words."""

from __future__ import annotations

from django import template

from creators.income_files import rate_words
from creators.payee_places import country_name

register = template.Library()

register.filter("country", country_name)
register.filter("tax_rate", rate_words)
