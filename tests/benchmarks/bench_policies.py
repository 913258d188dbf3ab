"""How long staff wait for a policy's effect on 200,000 accounts: `python -m tests.benchmarks.bench_policies`."""

from __future__ import annotations

import time
from datetime import timedelta

from tests.servers.environment import Servers, settle

ACCOUNTS = 200_000


def main() -> None:
    servers = Servers()
    servers.start()
    try:
        settle("")
        import django

        django.setup()
        measure()
    finally:
        servers.stop()


def measure() -> None:
    from allauth.account.models import EmailAddress
    from django.db import connection
    from django.utils import timezone

    from accounts.models import Flag, User
    from accounts.policies.effects import effect_of
    from accounts.policies.rules import Platform, Purpose, Rule, RuleKind, Terms

    connection.creation.create_test_db(verbosity=0, autoclobber=True)
    people = User.objects.bulk_create(
        (
            User(handle=f"bulk{n}", email=f"bulk{n}@example.org", date_joined=timezone.now() - timedelta(days=n % 400))
            for n in range(ACCOUNTS)
        ),
        batch_size=5000,
    )
    EmailAddress.objects.bulk_create(
        (EmailAddress(user=one, email=one.email, primary=True, verified=bool(one.pk % 2)) for one in people),
        batch_size=5000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    Flag(name="share", percent=30).save()
    email, age = Rule(RuleKind.VERIFIED_EMAIL), Rule(RuleKind.ACCOUNT_AGE, 30)
    share, ios = Rule(RuleKind.SHARE, flag="share"), Rule(RuleKind.PLATFORM, platforms=frozenset({Platform.IOS}))
    counted = (Rule(RuleKind.FOLLOWERS, 600), Rule(RuleKind.SECOND_FACTOR), Rule(RuleKind.INVITED))
    for name, ways in {
        "closed": (),
        "two rules": ((email, age),),
        "all rules": ((email, age, share), (age, ios), counted),
    }.items():
        started = time.perf_counter()
        effect = effect_of(Terms(Purpose.HOST, ((email,),)), Terms(Purpose.HOST, ways))
        print(f"{name:10} {time.perf_counter() - started:.2f} s for {effect.accounts:,} accounts")


if __name__ == "__main__":
    main()
