"""Rooms and what must be remembered of them, one file for each noun.

The audience is not here: it lives in Redis (rooms.presence), because a join as a row costs 1.3 ms of Python.
"""

from rooms.models.attendance import Absence, Attendance
from rooms.models.board import (
    LINK_TITLE_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    SITE_MAX_LENGTH,
    URL_MAX_LENGTH,
    BoardItem,
)
from rooms.models.chat import MESSAGE_KEY_MAX_LENGTH, MESSAGE_MAX_LENGTH, ChatMessage, RefusedWord
from rooms.models.entry import Admission, Ban, Removal
from rooms.models.event import RoomEvent
from rooms.models.figures import ReplayListen, RoomFigures, RoomMinute
from rooms.models.leaders import RoomLeader
from rooms.models.planning import CalendarFeed, RoomAlarm, RoomReminder, RoomSeries
from rooms.models.report import REPORT_NOTE_MAX_LENGTH, Report
from rooms.models.room import DESCRIPTION_MAX_LENGTH, TITLE_MAX_LENGTH, Room
from rooms.models.stage import REASON_MAX_LENGTH, LoweredHand, RaisedHand, StageInvitation, StageMember
from rooms.models.topic import TOPICS_PER_ROOM, RoomTopic, Topic, TopicFollow

__all__ = [
    "DESCRIPTION_MAX_LENGTH",
    "LINK_TITLE_MAX_LENGTH",
    "MESSAGE_KEY_MAX_LENGTH",
    "MESSAGE_MAX_LENGTH",
    "NOTE_MAX_LENGTH",
    "REASON_MAX_LENGTH",
    "REPORT_NOTE_MAX_LENGTH",
    "SITE_MAX_LENGTH",
    "TITLE_MAX_LENGTH",
    "TOPICS_PER_ROOM",
    "URL_MAX_LENGTH",
    "Absence",
    "Admission",
    "Attendance",
    "Ban",
    "BoardItem",
    "CalendarFeed",
    "ChatMessage",
    "LoweredHand",
    "RaisedHand",
    "RefusedWord",
    "Removal",
    "ReplayListen",
    "Report",
    "Room",
    "RoomAlarm",
    "RoomEvent",
    "RoomFigures",
    "RoomLeader",
    "RoomMinute",
    "RoomReminder",
    "RoomSeries",
    "RoomTopic",
    "StageInvitation",
    "StageMember",
    "Topic",
    "TopicFollow",
]
