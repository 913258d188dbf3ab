"""What staff decide of how creators are paid."""

from creators.admin import exclusions, fees, payees

__all__ = ["exclusions", "fees", "payees"]
