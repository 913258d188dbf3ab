"""What staff decide of how creators are paid."""

from creators.admin import fees, fund_applications, fund_periods, fund_programmes

__all__ = ["fees", "fund_applications", "fund_periods", "fund_programmes"]
