"""What staff decide of how creators are paid."""

from creators.admin import fees, payouts, runs

__all__ = ["fees", "payouts", "runs"]
