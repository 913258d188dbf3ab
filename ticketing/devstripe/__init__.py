"""devstripe, the stand-in for Stripe on machines where no money may move.

It is an HTTP client below Stripe's own SDK, so everything above the wire is what runs against Stripe. Below it:

    http_client   takes the SDK's requests       routes      which request is whose, idempotency
    validation    parameters, by the SDK's types  store       the objects, in an SQLite file of its own
    checkout, payments, refunds, disputes, balance            the objects by kind; cards: the test cards
    accounts, onboarding, transfers                           whom money is passed on to, and how
    events        what is told, and how           delivery    webhooks, signed, to the site's real endpoint
    listing       pages of lists                  onboarding_pages  the hosted page of account links
    pages         the hosted Checkout page        controls    what a developer may do to it

Only what ticketing calls is here. What a request means is Stripe's (https://docs.stripe.com/api), not ours.
"""
