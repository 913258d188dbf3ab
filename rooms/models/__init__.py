"""Rooms and what must be remembered of them, one file for each noun.

The audience is not here: it lives in Redis (rooms.presence), because a join as a row costs 1.3 ms of Python.
"""

from rooms.models.attendance import Absence, Attendance
from rooms.models.event import RoomEvent
from rooms.models.planning import CalendarFeed, RoomAlarm, RoomReminder, RoomSeries
from rooms.models.room import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Room
from rooms.models.stage import REASON_MAX_LENGTH, LoweredHand, RaisedHand, StageInvitation, StageMember

__all__ = [
    "DESCRIPTION_MAX_LENGTH",
    "REASON_MAX_LENGTH",
    "TITLE_MAX_LENGTH",
    "Absence",
    "Attendance",
    "CalendarFeed",
    "LoweredHand",
    "RaisedHand",
    "Room",
    "RoomAlarm",
    "RoomEvent",
    "RoomReminder",
    "RoomSeries",
    "StageInvitation",
    "StageMember",
]
