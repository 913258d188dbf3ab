"""What staff see of people, of sign-up and of who may do what."""

from accounts.admin import invitations, people, policies

__all__ = ["invitations", "people", "policies"]
