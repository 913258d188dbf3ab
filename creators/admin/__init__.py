"""What staff decide of how creators are paid."""

from creators.admin import (
    exclusions,
    fees,
    fund_applications,
    fund_periods,
    fund_programmes,
    payees,
    payouts,
    runs,
    tips,
)

__all__ = [
    "exclusions",
    "fees",
    "fund_applications",
    "fund_periods",
    "fund_programmes",
    "payees",
    "payouts",
    "runs",
    "tips",
]
