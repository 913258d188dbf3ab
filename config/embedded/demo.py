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
    """Somebody with an account in the demo; `portrait` is the number of the drawing."""

    handle: str
    name: str
    language: str
    portrait: int
    staff: bool = False


class DemoTurn(NamedTuple):
    """A voice's handle and what it says then: the name of a clip in SOUNDS."""

    handle: str
    clip: str


class DemoRoom(NamedTuple):
    """A room that has been live for some minutes: who is there, all by handle, and what its voices say in turn.

    Who listens is nowhere in the database: `speak_demo` lets those be there, together with whoever of the stage nobody
    can log in as.
    """

    host: str
    title: str
    description: str
    language: str
    minutes: int
    cohosts: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    hands: tuple[str, ...] = ()
    turns: tuple[DemoTurn, ...] = ()
    listeners: tuple[str, ...] = ()
    recorded: bool = False
    topics: tuple[str, ...] = ()

    @property
    def voices(self) -> tuple[str, ...]:
        """The handles of those who take turns, in the order of their first."""
        return tuple(dict.fromkeys(turn.handle for turn in self.turns))

    @property
    def company(self) -> tuple[str, ...]:
        """The handles of those who are in the room without a browser."""
        named = (self.host, *self.cohosts, *self.speakers, *self.hands, *self.listeners)
        return tuple(handle for handle in named if handle in _CROWD_HANDLES)


class DemoReplay(NamedTuple):
    """A room that has ended, so many days ago, and can be heard again: its voices said these turns."""

    host: str
    title: str
    description: str
    language: str
    days_ago: int
    turns: tuple[DemoTurn, ...]
    topics: tuple[str, ...] = ()


class DemoPlan(NamedTuple):
    """A room that is to come: so many days ahead at an hour by the clocks of a zone, every week if it `repeats`.

    With `lobby` its doors are open since just now.
    """

    host: str
    title: str
    description: str
    language: str
    days: int
    hour: int
    zone: str
    topics: tuple[str, ...] = ()
    awaited_by: tuple[str, ...] = ()
    repeats: bool = False
    lobby: bool = False
    # People enter with a ticket, at this price in cents; who has bought one already.
    price: int = 0
    seats: int = 0
    bought_by: tuple[str, ...] = ()
    # The host can be paid, in this country.
    paid_in: str = ""


class DemoSale(NamedTuple):
    """A room that took place so many days ago for people with a ticket, at this price in cents."""

    host: str
    title: str
    language: str
    days_ago: int
    price: int
    bought_by: tuple[str, ...]


PEOPLE = (
    DemoPerson("ines", "Inès Moreau", "fr", 3),
    DemoPerson("malo", "Malo Kerbrat", "fr", 37),
    DemoPerson("maiwenn", "Maïwenn Le Goff", "fr", 1),
    DemoPerson("theo", "Théo Lambert", "fr", 7),
    DemoPerson("oliver", "Oliver Hart", "en", 36),
    DemoPerson("yara", "Yara Nasser", "en", 34),
    DemoPerson("grace", "Grace Okafor", "en", 10),
    DemoPerson("sam", "Sam Whitfield", "en", 24, staff=True),
)

# Accounts that only `speak_demo` uses: nobody can log in as them, so nobody finds somebody else's words in their mouth.
VOICES = (
    DemoPerson("elise", "Élise (voix de synthèse)", "fr", 29),
    DemoPerson("bastien", "Bastien (voix de synthèse)", "fr", 48),
    DemoPerson("nora", "Nora (synthetic voice)", "en", 6),
    DemoPerson("walter", "Walter (synthetic voice)", "en", 16),
    DemoPerson("hazel", "Hazel (synthetic voice)", "en", 38),
    DemoPerson("ned", "Ned (synthetic voice)", "en", 42),
)

# People who fill the rooms, silent, so that one sees what rooms look like; nobody can log in as them either.
CROWD = (
    DemoPerson("lea", "Léa Fontaine", "fr", 17),
    DemoPerson("camille", "Camille Rousseau", "fr", 45),
    DemoPerson("idriss", "Idriss Camara", "fr", 18),
    DemoPerson("aicha", "Aïcha Benali", "fr", 23),
    DemoPerson("hugo", "Hugo Marchand", "fr", 8),
    DemoPerson("fatou", "Fatou Diallo", "fr", 27),
    DemoPerson("lucien", "Lucien Petit", "fr", 11),
    DemoPerson("naima", "Naïma Haddad", "fr", 35),
    DemoPerson("jerome", "Jérôme Vasseur", "fr", 33),
    DemoPerson("solene", "Solène Guivarc’h", "fr", 9),
    DemoPerson("elio", "Élio Santos", "fr", 20),
    DemoPerson("awa", "Awa Traoré", "fr", 39),
    DemoPerson("margaux", "Margaux Delacroix-Beaumont", "fr", 46),
    DemoPerson("pierre_yves", "Pierre-Yves Le Bihan", "fr", 13),
    DemoPerson("rose", "Rose Thibault", "fr", 31),
    DemoPerson("kwame", "Kwame Mensah", "en", 5),
    DemoPerson("sofia", "Sofia Lindqvist", "en", 26),
    DemoPerson("tomasz", "Tomasz Łukaszewicz", "en", 21),
    DemoPerson("amir", "Amir Rahimi", "en", 2),
    DemoPerson("zoe", "Zoë Marsh", "en", 44),
    DemoPerson("imani", "Imani Clarke", "en", 15),
    DemoPerson("omar", "Omar Said", "en", 30),
    DemoPerson("dolores", "Dolores Vega", "en", 19),
    DemoPerson("ruth", "Ruth Abara", "en", 41),
    DemoPerson("leo", "Leo Marchetti", "en", 25),
    DemoPerson("nia", "Nia Roberts", "en", 43),
    DemoPerson("halima", "Halima Yusuf", "en", 47),
    DemoPerson("desmond", "Desmond Achebe", "en", 40),
    DemoPerson("henry", "Henry Whitlock", "en", 28),
    DemoPerson("priya", "Priya Raman", "en", 14),
    DemoPerson("frida", "Frida Nilsen", "en", 4),
    DemoPerson("abena", "Abena Owusu", "en", 22),
    DemoPerson("anjali", "Anjali Mehta", "en", 12),
    DemoPerson("ola", "Ola Adeyemi", "en", 32),
)
_CROWD_HANDLES = frozenset(person.handle for person in CROWD)


def _in_turn(subject: str, one: str, other: str) -> tuple[DemoTurn, ...]:
    return tuple(DemoTurn(one if number % 2 else other, f"{subject}-{number}") for number in range(1, 5))


# In the order in which they opened: the hallway shows the last one first, and in those one hears somebody.
ROOMS = (
    DemoRoom(
        "pierre_yves",
        "Apprendre le breton à trente ans",
        "On se trompe, on recommence, on rit beaucoup. Débutantes et débutants bienvenus.",
        "fr",
        topics=("languages", "education"),
        minutes=96,
        speakers=("rose",),
    ),
    DemoRoom(
        "kwame",
        "Soup, slowly",
        "One pot, one hour. I cook and talk; you listen and get hungry.",
        "en",
        topics=("cooking",),
        minutes=71,
        listeners=("priya", "henry"),
    ),
    DemoRoom(
        "sofia",
        "Night trains, and where to sleep on them",
        "Berths, seats, corridors: the best and the worst nights on rails, from Narvik to Palermo.",
        "en",
        topics=("travel",),
        minutes=58,
        cohosts=("tomasz",),
        speakers=("amir", "zoe", "imani", "omar", "dolores"),
        hands=("ruth", "leo", "nia", "halima"),
        recorded=True,
    ),
    DemoRoom(
        "lea",
        "Le cercle du mercredi : un livre, treize lecteurs",
        "Ce mois-ci, un roman que personne n’a fini, et tout ce qu’on a quand même à en dire.",
        "fr",
        topics=("books",),
        minutes=42,
        cohosts=("camille", "idriss"),
        speakers=(
            "aicha",
            "hugo",
            "fatou",
            "lucien",
            "naima",
            "jerome",
            "solene",
            "elio",
            "awa",
            "margaux",
        ),
    ),
    DemoRoom(
        "grace",
        "First garden, first mistakes",
        "A balcony, four pots and a lot of questions about tomatoes.",
        "en",
        topics=("gardening", "nature"),
        minutes=27,
        speakers=("yara", "sam"),
        turns=_in_turn("garden", "hazel", "ned"),
        listeners=("anjali",),
    ),
    DemoRoom(
        "oliver",
        "Songs that got us through the winter",
        "Bring one song and the story of when you first heard it. Listening is just as welcome.",
        "en",
        topics=("music",),
        minutes=16,
        speakers=("grace",),
        hands=("frida",),
        turns=_in_turn("songs", "nora", "walter"),
        listeners=("ola",),
    ),
    DemoRoom(
        "ines",
        "Nos villes la nuit",
        "Qui a encore de la lumière à trois heures du matin ? Boulangers, soignantes, insomniaques : racontez.",
        "fr",
        topics=("cities", "work"),
        minutes=8,
        cohosts=("malo",),
        speakers=("maiwenn",),
        hands=("desmond",),
        turns=_in_turn("city", "elise", "bastien"),
        listeners=("abena",),
    ),
)

REPLAYS = (
    DemoReplay(
        "oliver",
        "Songs for a ferry in the dark",
        "The first evening: two voices, two songs without a name.",
        "en",
        topics=("music",),
        days_ago=6,
        turns=_in_turn("songs", "nora", "walter"),
    ),
    DemoReplay(
        "ines",
        "Trois heures du matin, dépôt des bus",
        "La veillée d’avant : le boulanger, le café, le pain grillé.",
        "fr",
        topics=("cities",),
        days_ago=2,
        turns=_in_turn("city", "elise", "bastien"),
    ),
)

# Hosts who have no room open, so that the doors of one can be.
PLANS = (
    DemoPlan(
        "rose",
        "Le café des lève-tôt",
        "Une demi-heure avant le travail : ce qu’on a lu, ce qu’on a cuit, ce qu’on attend.",
        "fr",
        days=1,
        hour=7,
        zone="Europe/Paris",
        topics=("cooking", "books"),
        awaited_by=("ines", "theo"),
        repeats=True,
    ),
    DemoPlan(
        "imani",
        "What the tide leaves behind",
        "A beachcomber, a geologist and whoever has a jar of sea glass at home.",
        "en",
        days=2,
        hour=19,
        zone="Europe/London",
        topics=("nature", "science"),
        awaited_by=("oliver", "grace"),
    ),
    DemoPlan(
        "margaux",
        "Paris sous Paris",
        "Une heure dans les carrières et les égouts, les yeux fermés : sons rapportés de là-bas, récits, questions.",
        "fr",
        days=6,
        hour=20,
        zone="Europe/Paris",
        topics=("cities", "history"),
        price=12_00,
        seats=40,
        bought_by=("hugo", "awa", "lucien"),
        paid_in="FR",
    ),
    DemoPlan(
        "dolores",
        "A kitchen table for two",
        "Dolores cooks, two people ask whatever they like. Everybody else can be on the waiting list.",
        "en",
        days=5,
        hour=18,
        zone="Europe/London",
        topics=("cooking",),
        price=25_00,
        seats=2,
        bought_by=("nia", "leo"),
    ),
    DemoPlan(
        "jerome",
        "Réparer plutôt que jeter",
        "Apportez l’objet qui ne marche plus. On regarde ensemble, à voix haute.",
        "fr",
        days=4,
        hour=20,
        zone="Europe/Paris",
        topics=("home", "technology"),
        awaited_by=("malo",),
    ),
    DemoPlan(
        "priya",
        "Chess without a board",
        "Two players, no pieces, and everybody tries to keep the position in their head.",
        "en",
        days=0,
        hour=0,
        zone="Europe/London",
        topics=("games",),
        awaited_by=("yara",),
        lobby=True,
    ),
)

# What Inès has earned with: whoever logs in as her sees what a creator sees.
SALES = (
    DemoSale("ines", "Marcher la nuit dans une ville inconnue", "fr", 147, 15_00, ("theo", "yara", "hugo")),
    DemoSale("ines", "Ce que les ponts ont entendu", "fr", 91, 18_00, ("malo", "awa", "lucien", "oliver")),
    DemoSale("ines", "Les derniers kiosques à musique", "fr", 56, 12_00, ("grace", "fatou")),
    DemoSale("ines", "Le bruit des marchés", "fr", 14, 15_00, ("theo", "awa", "elio", "hugo")),
    DemoSale("ines", "Une heure sous les toits", "fr", 3, 15_00, ("camille", "rose")),
)
