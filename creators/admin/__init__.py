"""What staff decide of how creators are paid."""

from creators.admin import fees, payees

__all__ = ["fees", "payees"]
