"""The migrations of django-waffle, made anew: its own also make the table of flags that accounts.Flag replaces."""
