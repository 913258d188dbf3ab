"""Reads about how somebody proves who they are beside the password."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from allauth.mfa.models import Authenticator

if TYPE_CHECKING:
    from accounts.models import User


class SecondFactors(NamedTuple):
    """What somebody has set up."""

    app: bool
    passkeys: int

    @property
    def is_on(self) -> bool:
        """Say whether the password alone is not enough."""
        return self.app or self.passkeys > 0


def second_factors(person: User) -> SecondFactors:
    """Return what the person has set up; recovery codes alone are none."""
    types = list(Authenticator.objects.filter(user=person).values_list("type", flat=True))
    return SecondFactors(app=Authenticator.Type.TOTP in types, passkeys=types.count(Authenticator.Type.WEBAUTHN))
