"""What staff decide of how creators are paid."""

from creators.admin import fees, payees, payouts, runs

__all__ = ["fees", "payees", "payouts", "runs"]
