"""What is known of people, one file for each noun."""

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
from accounts.models.push import PushSubscription
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
    "Channel",
    "DeliveryState",
    "Digest",
    "Notification",
    "NotificationChoice",
    "NotificationDelivery",
    "NotificationFanOut",
    "NotificationRhythm",
    "PushSubscription",
    "User",
    "UserManager",
]
