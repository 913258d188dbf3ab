"""Makes people."""

from __future__ import annotations

import functools
from typing import Any

import factory
from django.contrib.auth.hashers import make_password

from accounts.models import User

PASSWORD = "causerie"


@functools.cache
def password_hash() -> str:
    """Return the hash of everybody's password, made once: it is slow on purpose."""
    return make_password(PASSWORD)


class UserFactory(factory.django.DjangoModelFactory[User]):
    """A person with an account and the password "causerie"."""

    class Meta:
        model = User

    handle = factory.Sequence(lambda number: f"person{number}")
    display_name = factory.LazyAttribute(lambda person: person.handle.capitalize())
    email = factory.LazyAttribute(lambda person: f"{person.handle}@example.org")
    language = "en"
    password = factory.LazyFunction(password_hash)


def person(handle: str, **fields: Any) -> User:
    """Make the person of the cast that is called `handle`."""
    made: User = UserFactory(handle=handle, **fields)
    return made
