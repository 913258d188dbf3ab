"""What is known of people, one file for each noun."""

from accounts.models.blocking import Block, Mute
from accounts.models.following import Follow
from accounts.models.privacy import AccountDeletion, Consent, DataExport
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
    "AccountDeletion",
    "Block",
    "Consent",
    "DataExport",
    "Follow",
    "Mute",
    "User",
    "UserManager",
]
