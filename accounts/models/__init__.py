"""What is known of people, one file for each noun."""

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
    "Consent",
    "DataExport",
    "User",
    "UserManager",
]
