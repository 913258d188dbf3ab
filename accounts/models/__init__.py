"""What is known of people, one file for each noun."""

from accounts.models.api import (
    IDEMPOTENCY_KEY_MAX_LENGTH,
    TOKEN_NAME_MAX_LENGTH,
    ApiToken,
    IdempotentAnswer,
)
from accounts.models.blocking import (
    Block,
    Mute,
)
from accounts.models.flag import (
    Flag,
)
from accounts.models.following import (
    Follow,
)
from accounts.models.former_handle import (
    FormerHandle,
)
from accounts.models.invitation import (
    Door,
    Invitation,
    InvitationGrant,
    SignupChange,
    SignupRules,
    WaitingEntry,
    Wave,
)
from accounts.models.link import (
    LINK_MAX_LENGTH,
    LINKS_MOST,
    ProfileLink,
)
from accounts.models.notifications import (
    Channel,
    DeliveryState,
    Digest,
    Notification,
    NotificationChoice,
    NotificationDelivery,
    NotificationFanOut,
    NotificationRhythm,
)
from accounts.models.policy import (
    Policy,
    PolicyChange,
    PolicyException,
    PolicyWay,
)
from accounts.models.privacy import (
    AccountDeletion,
    Consent,
    DataExport,
)
from accounts.models.push import (
    PushSubscription,
)
from accounts.models.restriction import (
    RESTRICTION_REASON_MAX_LENGTH,
    Restriction,
)
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
    "IDEMPOTENCY_KEY_MAX_LENGTH",
    "LINKS_MOST",
    "LINK_MAX_LENGTH",
    "PRONOUNS_MAX_LENGTH",
    "RESTRICTION_REASON_MAX_LENGTH",
    "TOKEN_NAME_MAX_LENGTH",
    "AccountDeletion",
    "ApiToken",
    "Block",
    "Channel",
    "Consent",
    "DataExport",
    "DeliveryState",
    "Digest",
    "Door",
    "Flag",
    "Follow",
    "FormerHandle",
    "IdempotentAnswer",
    "Invitation",
    "InvitationGrant",
    "Mute",
    "Notification",
    "NotificationChoice",
    "NotificationDelivery",
    "NotificationFanOut",
    "NotificationRhythm",
    "Policy",
    "PolicyChange",
    "PolicyException",
    "PolicyWay",
    "ProfileLink",
    "PushSubscription",
    "Restriction",
    "SignupChange",
    "SignupRules",
    "User",
    "UserManager",
    "WaitingEntry",
    "Wave",
]
