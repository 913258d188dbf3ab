"""What is known of people, one file for each noun."""

from accounts.models.flag import Flag
from accounts.models.invitation import (
    Door,
    Invitation,
    InvitationGrant,
    SignupChange,
    SignupRules,
    WaitingEntry,
    Wave,
)
from accounts.models.policy import Policy, PolicyChange, PolicyException, PolicyWay
from accounts.models.user import (
    DISPLAY_NAME_MAX_LENGTH,
    HANDLE_MAX_LENGTH,
    HANDLE_MIN_LENGTH,
    User,
    UserManager,
)

__all__ = [
    "DISPLAY_NAME_MAX_LENGTH",
    "HANDLE_MAX_LENGTH",
    "HANDLE_MIN_LENGTH",
    "Door",
    "Flag",
    "Invitation",
    "InvitationGrant",
    "Policy",
    "PolicyChange",
    "PolicyException",
    "PolicyWay",
    "SignupChange",
    "SignupRules",
    "User",
    "UserManager",
    "WaitingEntry",
    "Wave",
]
