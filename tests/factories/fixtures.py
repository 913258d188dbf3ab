"""The cast: people whom tests call by name.

Inès hosts, Malo co-hosts, Maïwenn speaks, Oliver and Yara listen, Sam is staff.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from accounts.models import User
    from rooms.models import Room


@pytest.fixture
def ines(db: None) -> User:
    from tests.factories.people import person

    return person("ines", display_name="Inès Moreau", language="fr")


@pytest.fixture
def malo(db: None) -> User:
    from tests.factories.people import person

    return person("malo", display_name="Malo Kerbrat", language="fr")


@pytest.fixture
def maiwenn(db: None) -> User:
    from tests.factories.people import person

    return person("maiwenn", display_name="Maïwenn Le Goff", language="fr")


@pytest.fixture
def oliver(db: None) -> User:
    from tests.factories.people import person

    return person("oliver", display_name="Oliver Hart")


@pytest.fixture
def yara(db: None) -> User:
    from tests.factories.people import person

    return person("yara", display_name="Yara Nasser")


@pytest.fixture
def sam(db: None) -> User:
    from tests.factories.people import person

    return person("sam", display_name="Sam Whitfield", is_staff=True, is_superuser=True)


@pytest.fixture
def room(ines: User) -> Room:
    """Return a live room that Inès hosts."""
    from tests.factories.rooms import RoomFactory

    made: Room = RoomFactory(host=ines, title="Le tour du monde en salons", language="fr")
    return made
