"""What staff see of money and tickets: everything, and change nothing but by services."""

from ticketing.admin import books, orders, selling

__all__ = ["books", "orders", "selling"]
