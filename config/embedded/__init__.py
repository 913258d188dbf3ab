"""`make run`: everything that Causerie needs, on one machine."""
