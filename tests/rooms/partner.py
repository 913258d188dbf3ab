"""A partner's client for tests: whatever it is answered has to be as the API's own description says."""

from __future__ import annotations

import functools
import re
import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import jsonschema  # type: ignore[import-untyped] # has no stubs here
from django.test import Client
from drf_spectacular.generators import SchemaGenerator

if TYPE_CHECKING:
    from accounts.models import User

SPACES = "/api/v1/spaces"


class Partner:
    """Calls the API as somebody, at an address of its own: throttles count by address, for all tests together."""

    def __init__(self, person: User | None = None, *, token: str = "", **options: Any) -> None:
        address = ".".join(["10", *(str(secrets.randbelow(256)) for _ in range(3))])
        self.client = Client(REMOTE_ADDR=address, **options)
        self.headers = {"authorization": f"Bearer {token}"} if token else {}
        if person is not None and not token:
            self.client.force_login(person)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Return the answer, after it was held against the description."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        more = {} if body is None else {"data": body, "content_type": "application/json"}
        url = path if path.startswith(("/", "http")) else f"{SPACES}/{path}"
        answer = getattr(self.client, method)(url, headers={**self.headers, **named}, **more)
        hold_against_schema(method, url, answer)
        return answer

    def get(self, path: str, **headers: str) -> Any:
        return self.call("get", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("post", path, {} if body is None else body, **headers)

    def put(self, path: str, body: Any = None) -> Any:
        return self.call("put", path, {} if body is None else body)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self.call("patch", path, body, **headers)

    def delete(self, path: str) -> Any:
        return self.call("delete", path)


def said(answer: Any) -> tuple[int, Any]:
    """Return status, and the code of a refusal or the body of whatever else."""
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        return answer.status_code, answer.json()["code"]
    return answer.status_code, answer.json() if answer.content else None


def hold_against_schema(method: str, url: str, answer: Any) -> None:
    schema = description()
    path = re.sub(r"^https?://[^/]+", "", url).split("?")[0]
    operation = next(found[method] for pattern, found in schema["paths"].items() if _pattern(pattern).fullmatch(path))
    status = str(answer.status_code)
    if status == str(HTTPStatus.NOT_MODIFIED.value):
        return
    told = operation["responses"].get(status) if answer.status_code < HTTPStatus.BAD_REQUEST else None
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        told = operation["responses"]["default"]
    assert told is not None, f"{method} {path} answers {status}, which its description does not know"
    content = told.get("content")
    if content is None:
        assert answer.content == b""
        return
    ((kind, media),) = content.items()
    assert answer["Content-Type"].split(";")[0] == kind
    root = {**media["schema"], "components": schema["components"]}
    jsonschema.Draft202012Validator(root).validate(answer.json())


@functools.cache
def description() -> Any:
    """Return the API's description with its `nullable` as JSON Schema says it."""
    generator: Any = SchemaGenerator
    return _plain(generator().get_schema(request=None, public=True))


@functools.cache
def _pattern(path: str) -> re.Pattern[str]:
    # What is literal wins over a name: `hands/restore` is no person.
    return re.compile(re.sub(r"\{(\w+)\}", r"(?:me|[1-9A-Za-z]{14})", path))


def _plain(node: Any) -> Any:
    if isinstance(node, list):
        return [_plain(inner) for inner in node]
    if not isinstance(node, dict):
        return node
    plain = {key: _plain(value) for key, value in node.items() if key != "nullable"}
    if node.get("nullable") is not True:
        return plain
    return {"anyOf": [plain, {"type": "null"}]}
