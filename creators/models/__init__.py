"""What must be remembered of how creators are paid, one file for each noun."""

from creators.models.fees import FeeSchedule, FeeTier

__all__ = ["FeeSchedule", "FeeTier"]
