"""What is known of people, one file for each noun."""

from accounts.models.former_handle import FormerHandle
from accounts.models.link import LINK_MAX_LENGTH, LINKS_MOST, ProfileLink
from accounts.models.user import (
    BIO_MAX_LENGTH,
    DISPLAY_NAME_MAX_LENGTH,
    HANDLE_MAX_LENGTH,
    HANDLE_MIN_LENGTH,
    PRONOUNS_MAX_LENGTH,
    User,
    UserManager,
)

__all__ = [
    "BIO_MAX_LENGTH",
    "DISPLAY_NAME_MAX_LENGTH",
    "HANDLE_MAX_LENGTH",
    "HANDLE_MIN_LENGTH",
    "LINKS_MOST",
    "LINK_MAX_LENGTH",
    "PRONOUNS_MAX_LENGTH",
    "FormerHandle",
    "ProfileLink",
    "User",
    "UserManager",
]
