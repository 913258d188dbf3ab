"""Whether a request is one that Stripe would understand: its parameters, by the types that the SDK is generated with.

The SDK writes nested parameters as `line_items[0][price_data][currency]=eur` (docs.stripe.com/api, "form-encoded"), and
those of /v2 as JSON.
"""

from __future__ import annotations

import functools
import json
import re
import sys
import types
import typing
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

import stripe
from typing_extensions import is_typeddict

from ticketing.devstripe.errors import ApiError

# Stands beside the parameters in the SDK's types and travels in headers.
_OPTIONS = frozenset(stripe.RequestOptions.__annotations__)
_PART = re.compile(r"[^\[\]]+|\[\]")
# An empty value takes something away; only some parameters may be taken away.
_EMPTY = Literal[""]


def read_form(encoded: str) -> dict[str, Any]:
    """Return the parameters as they were before they were encoded, all leaves as text."""
    root: dict[str, Any] = {}
    for name, value in parse_qsl(encoded, keep_blank_values=True):
        *outer, last = _PART.findall(name)
        place = root
        for part in outer:
            place = place.setdefault(part, {})
            if not isinstance(place, dict):
                raise ApiError(f"Invalid object: {name}", param=name)
        place[str(len(place)) if last == "[]" else last] = value
    return {name: _with_lists(value) for name, value in root.items()}


class Word(str):
    """Text of a JSON body, where a number or a truth is no text; in a form everything is."""

    __slots__ = ()


def read_json(encoded: str) -> dict[str, Any]:
    """Return the parameters of a body of /v2."""
    try:
        body = json.loads(encoded or "{}")
    except ValueError as error:
        raise ApiError("The request body is not valid JSON.") from error
    if not isinstance(body, dict):
        raise ApiError("The request body must be an object.")
    return {name: _worded(value) for name, value in body.items()}


def _worded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _worded(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_worded(inner) for inner in value]
    return Word(value) if isinstance(value, str) else value


def _with_lists(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if value and all(name.isdecimal() for name in value):
        return [_with_lists(value[name]) for name in sorted(value, key=int)]
    return {name: _with_lists(inner) for name, inner in value.items()}


def check_params(given: dict[str, Any], shape: Any, at: str = "") -> dict[str, Any]:
    """Return the parameters with their types; raises ApiError for what is unknown, missing or of another type."""
    known = _fields(shape)
    unknown = next((name for name in given if name not in known), None)
    if unknown is not None:
        place = _inside(at, unknown)
        raise ApiError(f"Received unknown parameter: {place}", code="parameter_unknown", param=place)
    for name in sorted(shape.__required_keys__ - _OPTIONS):
        if name not in given:
            place = _inside(at, name)
            raise ApiError(f"Missing required param: {place}.", code="parameter_missing", param=place)
    return {name: _checked(value, known[name], _inside(at, name)) for name, value in given.items()}


@functools.cache
def _fields(shape: Any) -> dict[str, Any]:
    module = vars(sys.modules[shape.__module__])
    hints = get_type_hints(shape, {**vars(typing), "StripeContext": stripe.StripeContext, **module})
    return {name: hint for name, hint in hints.items() if name not in _OPTIONS}


def _inside(at: str, name: str) -> str:
    return f"{at}[{name}]" if at else name


def _checked(value: Any, wanted: Any, at: str) -> Any:
    origin = get_origin(wanted)
    if origin in {Union, types.UnionType}:
        return _one_of(value, get_args(wanted), at)
    if origin is Literal:
        return _choice(value, get_args(wanted), at)
    if origin is list:
        return [_checked(inner, get_args(wanted)[0], f"{at}[{n}]") for n, inner in enumerate(_a(list, value, at))]
    if is_typeddict(wanted):
        return check_params(_a(dict, value, at), wanted, at)
    if origin is dict:
        return _a(dict, value, at)
    return value if wanted is Any else _leaf(value, wanted, at)


def _one_of(value: Any, options: tuple[Any, ...], at: str) -> Any:
    """Return the value as the first type that it fits. The SDK lets any text pass beside a choice, Stripe not."""
    choices = [option for option in options if get_origin(option) is Literal]
    if [choice for choice in choices if choice is not _EMPTY] and set(options) - set(choices) <= {str, type(None)}:
        return _choice(value, tuple(word for choice in choices for word in get_args(choice)), at)
    refused: ApiError | None = None
    for option in options:
        if option is type(None):
            continue
        try:
            return _checked(value, option, at)
        except ApiError as error:
            # A parameter that is unknown further inside says more than the types that it is not.
            refused = error if refused is None or error.body["error"].get("code") == "parameter_unknown" else refused
    raise refused or ApiError(f"Invalid value: {at}", param=at)


def _choice(value: Any, allowed: tuple[Any, ...], at: str) -> Any:
    if value in allowed:
        return value
    raise ApiError(f"Invalid {at}: must be one of {', '.join(str(word) for word in allowed[:8])}", param=at)


def _a(kind: type, value: Any, at: str) -> Any:
    if isinstance(value, kind):
        return value
    raise ApiError(f"Invalid {'array' if kind is list else 'object'}", param=at)


def _leaf(value: Any, wanted: Any, at: str) -> Any:
    if isinstance(value, dict | list):
        raise ApiError(f"Invalid string: {at}", param=at)
    if isinstance(value, Word) or not isinstance(value, str):
        return _json_leaf(value, wanted, at)
    if wanted is bool:
        return _choice(value, ("true", "false"), at) == "true"
    if wanted is int:
        if re.fullmatch(r"-?\d{1,18}", value):
            return int(value)
        raise ApiError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=at)
    return value


def _json_leaf(value: Any, wanted: Any, at: str) -> Any:
    kind = type(value) if not isinstance(value, Word) else str
    if wanted in {bool, int, str} and kind is not wanted:
        raise ApiError(f"Invalid {wanted.__name__}: {at}", code="parameter_invalid", param=at)
    return value
