"""The relay: moves sound between browsers. Knows no Django, reads no database; see docs/architecture.md."""
