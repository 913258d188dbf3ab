"""The style guide: every component in every state, for whoever builds pages, and for the tests that look at them."""
