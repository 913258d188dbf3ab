"""How somebody is with being paid, in words: what Stripe says, and what there is to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from creators.enums import PayeeState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django_stubs_ext import StrOrPromise


class StateWords(NamedTuple):
    """A line, what it means, and what the button says that leads on; "" if nothing does."""

    headline: StrOrPromise
    text: StrOrPromise
    action: StrOrPromise = ""


_STATES = {
    PayeeState.NONE: StateWords(
        gettext_lazy("You cannot be paid yet"),
        gettext_lazy(
            "What you earn is kept for you. Tell Stripe once who you are and where your bank is, and it is paid out."
        ),
        gettext_lazy("Begin at Stripe"),
    ),
    PayeeState.UNFINISHED: StateWords(
        gettext_lazy("You have begun, and something is missing"),
        gettext_lazy("What you earn is kept for you until Stripe knows enough to pay it out."),
        gettext_lazy("Go on at Stripe"),
    ),
    PayeeState.REVIEW: StateWords(
        gettext_lazy("Stripe looks at what you have given"),
        gettext_lazy(
            "There is nothing to do for you: it takes minutes, at times some days, and we write to you when it is"
            " done. What you earn is kept for you meanwhile."
        ),
        gettext_lazy("See it at Stripe"),
    ),
    PayeeState.ACTIVE: StateWords(
        gettext_lazy("You can be paid"),
        gettext_lazy("What you earn goes to your account at Stripe, and from there to your bank."),
        gettext_lazy("Look at your details at Stripe"),
    ),
    PayeeState.RESTRICTED: StateWords(
        gettext_lazy("Payments to you are stopped"),
        gettext_lazy("Stripe asks you for something first. What you earn is kept for you meanwhile."),
        gettext_lazy("Go on at Stripe"),
    ),
    PayeeState.REFUSED: StateWords(
        gettext_lazy("Stripe refuses to pay you"),
        gettext_lazy(
            "Only Stripe can change that: write to its support. What you have earned is kept; ask those who run this"
            " site what becomes of it."
        ),
    ),
    PayeeState.UNSUPPORTED: StateWords(
        gettext_lazy("Stripe sends nothing to your country from here"),
        gettext_lazy(
            "If the country is wrong, write to those who run this site: they close this account, and you begin again"
            " with the right one. What you earn is kept for you."
        ),
    ),
    PayeeState.CLOSED: StateWords(
        gettext_lazy("Your account at Stripe is closed"),
        gettext_lazy(
            "Nothing can be paid to it any more. Begin again with another one, in another country if you have moved;"
            " what you earn is kept for you meanwhile."
        ),
        gettext_lazy("Begin again at Stripe"),
    ),
}

# What Stripe's names begin with (https://docs.stripe.com/api/v2/core/accounts/object, where they are the places of
# what is told); of two that fit, the longer one says more.
_REQUIREMENTS = {
    "configuration.recipient.default_outbound_destination": gettext_lazy("The bank account to which you are paid"),
    "configuration.recipient.outbound_destinations": gettext_lazy("The bank account to which you are paid"),
    "contact_email": gettext_lazy("Your e-mail address"),
    "contact_phone": gettext_lazy("Your telephone number"),
    "defaults.profile": gettext_lazy("What you do, and where one can see it"),
    "identity.attestations": gettext_lazy("That you agree to Stripe’s terms"),
    "identity.business_details": gettext_lazy("Facts about your company"),
    "identity.business_details.documents": gettext_lazy("Papers of your company"),
    "identity.entity_type": gettext_lazy("Whether you are paid as a person or as a company"),
    "identity.individual": gettext_lazy("Facts about you"),
    "identity.individual.address": gettext_lazy("Your address"),
    "identity.individual.date_of_birth": gettext_lazy("Your date of birth"),
    "identity.individual.documents": gettext_lazy("A document, such as a bill, that Stripe names"),
    "identity.individual.documents.primary_verification": gettext_lazy("A picture of your passport or identity card"),
    "identity.individual.documents.secondary_verification": gettext_lazy("A document that shows your address"),
    "identity.individual.email": gettext_lazy("Your e-mail address"),
    "identity.individual.given_name": gettext_lazy("Your name"),
    "identity.individual.id_numbers": gettext_lazy("Your tax or identity number"),
    "identity.individual.nationalities": gettext_lazy("Your nationality"),
    "identity.individual.phone": gettext_lazy("Your telephone number"),
    "identity.individual.political_exposure": gettext_lazy("Whether you hold a political office"),
    "identity.individual.surname": gettext_lazy("Your name"),
    "identity.persons": gettext_lazy("Who owns and who leads your company"),
}


def words_of_state(state: PayeeState) -> StateWords:
    """Return what is said of a state, in the language that is switched on."""
    return StateWords(*(str(words) for words in _STATES[state]))


def requirement_lines(names: Iterable[str]) -> list[str]:
    """Return what Stripe wants to be told, each thing once."""
    return list(dict.fromkeys(_requirement(name) for name in names))


def _requirement(name: str) -> str:
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        words = _REQUIREMENTS.get(".".join(parts[:length]))
        if words is not None:
            return str(words)
    return _("Something that Stripe’s page names")
