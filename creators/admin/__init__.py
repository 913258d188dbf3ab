"""What staff decide of how creators are paid."""

from creators.admin import fees, tips

__all__ = ["fees", "tips"]
