"""The steps in which Spaces opened hosting, to be gone again: a test, one platform, a number of followers, everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Flag
from accounts.policies.eligibility import default_terms
from accounts.policies.rules import Platform, Purpose, Rule, RuleKind, Terms
from accounts.services.policies import change_policy

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from accounts.models import User

TEST_FLAG = "hosting-test"
SPACES_FOLLOWERS = 600


class Preset(NamedTuple):
    """A step: its name on the command line, what staff read, and whether it needs the flag of the testers."""

    name: str
    label: StrOrPromise
    flagged: bool = False


PRESETS = (
    Preset("ios-test", _("A test: hosting on iOS only, for the people of one flag"), flagged=True),
    Preset("android-joins", _("Hosting on iOS only; on Android and the web one joins")),
    Preset("followers-600", _("Hosting for whoever has 600 followers, on every platform")),
    Preset("everyone", _("Hosting for everyone")),
)
_IOS = Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS}))


def preset_terms(name: str, *, flag: str = TEST_FLAG) -> Terms:
    """Return what the preset says; raises KeyError for a name that is none."""
    return {
        "ios-test": Terms(Purpose.HOST, ((_IOS, Rule(RuleKind.FLAG, flag=flag)),)),
        "android-joins": Terms(Purpose.HOST, ((_IOS,),)),
        "followers-600": Terms(Purpose.HOST, ((Rule(RuleKind.FOLLOWERS, SPACES_FOLLOWERS),),)),
        "everyone": default_terms(Purpose.HOST),
    }[name]


@transaction.atomic
def apply_preset(name: str, *, by: User | None, flag: str = TEST_FLAG) -> bool:
    """Let the preset hold from now on; a flag that is not there yet is made, on for nobody."""
    terms = preset_terms(name, flag=flag)
    for rule in terms.rules:
        if rule.flag:
            Flag.objects.get_or_create(name=rule.flag, defaults={"superusers": False})
    return change_policy(terms, by=by)
