"""What staff see of people, of sign-up and of who may do what."""

from accounts.admin import invitations, people, policies, restrictions

__all__ = ["invitations", "people", "policies", "restrictions"]
