"""What staff decide of how creators are paid."""

from creators.admin import fees

__all__ = ["fees"]
