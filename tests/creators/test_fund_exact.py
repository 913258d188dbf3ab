"""No number with a fraction comes near the money of the fund and of fees: neither in its sources nor in its files."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CREATORS = Path(__file__).parents[2] / "creators"
SOURCES = [*sorted((CREATORS / "fund").rglob("*.py")), CREATORS / "minutes.py"]
# `parse_float` is where one is refused.
INEXACT = {"float", "sqrt", "pow", "log", "exp", "fsum", "Decimal", "complex", "random", "time", "datetime"}


def inexact(source: str) -> Iterator[str]:
    """Yield what is not exact in a source, or differs from one run to the next."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Constant(value=float() | complex()):
                yield f"{node.lineno}: a number with a fraction"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield f"{node.lineno}: a division that is not whole"
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.alias(name=name) if name in INEXACT:
                yield f"{getattr(node, 'lineno', 0)}: {name}"
            case ast.FormattedValue(format_spec=ast.JoinedStr(values=[ast.Constant(value=str(form))])) if set(
                form
            ) & set("efgn%"):
                yield f"{node.lineno}: written as a number with a fraction"


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.name)
def test_source_is_exact(path: Path) -> None:
    assert list(inexact(path.read_text())) == []


@pytest.mark.parametrize("name", ["fees.py", "fee_presets.py"])
def test_fees_are_exact(name: str) -> None:
    # A moment is only compared with another.
    found = inexact((CREATORS / name).read_text())
    assert [line for line in found if not line.endswith(": datetime")] == []


def test_sources_are_the_funds() -> None:
    assert {"allocation.py", "formulas.py", "sharing.py", "snapshot.py", "minutes.py"} <= {
        path.name for path in SOURCES
    }


@pytest.mark.parametrize(
    "source",
    [
        "a = 1.0",
        "a = 1e3",
        "a = b / c",
        "a /= 2",
        "float(a)",
        "math.sqrt(a)",
        "from math import sqrt",
        "f'{a:.2f}'",
        "2j",
    ],
)
def test_what_is_not_exact_is_found(source: str) -> None:
    assert len(list(inexact(source))) == 1


@pytest.mark.parametrize("source", ["a = b // c", "divmod(a, b)", "math.isqrt(a)", "f'{a:032x}'", "Fraction(1, 3)"])
def test_what_is_exact_is_not(source: str) -> None:
    assert list(inexact(source)) == []
