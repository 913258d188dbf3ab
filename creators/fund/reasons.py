"""Why a creator gets what they get, in a form that programs read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

Fact: TypeAlias = int | str


@dataclass(frozen=True, slots=True)
class Reason:
    """A code with the facts that belong to it: whole numbers, and texts such as exact fractions."""

    code: str
    facts: tuple[tuple[str, Fact], ...] = ()

    @classmethod
    def of(cls, code: str, /, **facts: Fact) -> Reason:
        return cls(code, tuple(sorted(facts.items())))

    def as_json(self) -> dict[str, Fact]:
        return {"code": self.code, **dict(self.facts)}
