"""The people, voices and rooms of a first start, as plain data.

The launcher names the people, `seed_demo` makes them and their rooms, `speak_demo` lets the voices talk.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

# Made by tests/tools/demo_sounds.py.
SOUNDS = Path(__file__).parent / "sounds"
PASSWORD = "causerie"  # noqa: S105 - public on purpose; production makes no demo.


class DemoPerson(NamedTuple):
    """Somebody with an account in the demo."""

    handle: str
    name: str
    language: str
    staff: bool = False


class DemoTurn(NamedTuple):
    """A voice's handle and what it says then: the name of a clip in SOUNDS."""

    handle: str
    clip: str


class DemoRoom(NamedTuple):
    """A live room: its host, who speaks there and whose hand is up, all by handle; and what its voices say in turn."""

    host: str
    title: str
    description: str
    language: str
    cohosts: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    hands: tuple[str, ...] = ()
    turns: tuple[DemoTurn, ...] = ()

    @property
    def voices(self) -> tuple[str, ...]:
        """The handles of those who take turns, in the order of their first."""
        return tuple(dict.fromkeys(turn.handle for turn in self.turns))


PEOPLE = (
    DemoPerson("ines", "Inès Moreau", "fr"),
    DemoPerson("malo", "Malo Kerbrat", "fr"),
    DemoPerson("maiwenn", "Maïwenn Le Goff", "fr"),
    DemoPerson("theo", "Théo Lambert", "fr"),
    DemoPerson("oliver", "Oliver Hart", "en"),
    DemoPerson("yara", "Yara Nasser", "en"),
    DemoPerson("grace", "Grace Okafor", "en"),
    DemoPerson("sam", "Sam Whitfield", "en", staff=True),
)

# Accounts that only `speak_demo` uses: nobody can log in as them, so nobody finds somebody else's words in their mouth.
VOICES = (
    DemoPerson("elise", "Élise (voix de synthèse)", "fr"),
    DemoPerson("bastien", "Bastien (voix de synthèse)", "fr"),
    DemoPerson("nora", "Nora (synthetic voice)", "en"),
    DemoPerson("walter", "Walter (synthetic voice)", "en"),
    DemoPerson("hazel", "Hazel (synthetic voice)", "en"),
    DemoPerson("ned", "Ned (synthetic voice)", "en"),
)


def _in_turn(subject: str, one: str, other: str) -> tuple[DemoTurn, ...]:
    return tuple(DemoTurn(one if number % 2 else other, f"{subject}-{number}") for number in range(1, 5))


ROOMS = (
    DemoRoom(
        "ines",
        "Nos villes la nuit",
        "Qui a encore de la lumière à trois heures du matin ? Boulangers, soignantes, insomniaques : racontez.",
        "fr",
        cohosts=("malo",),
        speakers=("maiwenn",),
        hands=("theo",),
        turns=_in_turn("city", "elise", "bastien"),
    ),
    DemoRoom(
        "oliver",
        "Songs that got us through the winter",
        "Bring one song and the story of when you first heard it. Listening is just as welcome.",
        "en",
        speakers=("grace",),
        hands=("yara",),
        turns=_in_turn("songs", "nora", "walter"),
    ),
    DemoRoom(
        "grace",
        "First garden, first mistakes",
        "A balcony, four pots and a lot of questions about tomatoes.",
        "en",
        speakers=("yara", "sam"),
        turns=_in_turn("garden", "hazel", "ned"),
    ),
)
