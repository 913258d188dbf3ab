"""The people and rooms of a first start, as plain data: the launcher names them, `seed_demo` makes them."""

from __future__ import annotations

from typing import NamedTuple

PASSWORD = "causerie"  # noqa: S105 - public on purpose; production makes no demo.


class DemoPerson(NamedTuple):
    """Somebody with an account in the demo."""

    handle: str
    name: str
    language: str
    staff: bool = False


class DemoRoom(NamedTuple):
    """A live room: its host, who speaks there and whose hand is up, all by handle."""

    host: str
    title: str
    description: str
    language: str
    cohosts: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    hands: tuple[str, ...] = ()


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

ROOMS = (
    DemoRoom(
        "ines",
        "Nos villes la nuit",
        "Qui a encore de la lumière à trois heures du matin ? Boulangers, soignantes, insomniaques : racontez.",
        "fr",
        cohosts=("malo",),
        speakers=("maiwenn",),
        hands=("theo",),
    ),
    DemoRoom(
        "oliver",
        "Songs that got us through the winter",
        "Bring one song and the story of when you first heard it. Listening is just as welcome.",
        "en",
        speakers=("grace",),
        hands=("yara",),
    ),
    DemoRoom(
        "grace",
        "First garden, first mistakes",
        "A balcony, four pots and a lot of questions about tomatoes.",
        "en",
        speakers=("yara", "sam"),
    ),
)
