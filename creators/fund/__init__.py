"""The fund's arithmetic: a frozen snapshot of what came in, and the one allocation that follows from it.

Whole numbers only, no database, no clock, no chance: whoever has the snapshot gets the same cents (docs/adr/0009).
"""
