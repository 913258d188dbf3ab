"""What staff see of rooms, their topics, reports and bans."""

from rooms.admin import moderation, rooms, topics

__all__ = ["moderation", "rooms", "topics"]
