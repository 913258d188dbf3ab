"""The API's own description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from django.core.management import call_command

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client


BELOW_A_ROOM = {
    "open": ["post"],
    "start": ["post"],
    "cancel": ["post"],
    "end": ["post"],
    "participants": ["get"],
    "participants/{person_id}": ["delete"],
    "participants/{person_id}/mute": ["post"],
    "mute": ["post"],
    "stage/{person_id}": ["delete", "patch"],
    "invitation/accept": ["post"],
    "invitation/decline": ["post"],
    "invitations/{person_id}": ["delete", "put"],
    "bans": ["get"],
    "bans/{person_id}": ["delete", "put"],
    "hands": ["delete", "get", "post"],
    "hands/restore": ["post"],
    "hands/{person_id}": ["delete", "patch"],
    "hands/{person_id}/accept": ["post"],
    "offer": ["delete", "put"],
    "offer/accept": ["post"],
    "offer/decline": ["post"],
    "board": ["get", "post"],
    "board/pin": ["delete", "put"],
    "board/{item_id}": ["delete"],
    "board/{item_id}/restore": ["post"],
    "chat": ["get", "post"],
    "chat/{message_id}": ["delete"],
    "chat/{message_id}/report": ["post"],
    "stats": ["get"],
}


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    written: Path = tmp_path_factory.mktemp("schema") / "schema.yaml"
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(written))
    read: dict[str, Any] = yaml.safe_load(written.read_text())
    return read


def test_schema_is_valid_and_names_each_address(schema: dict[str, Any]) -> None:
    paths = {path: sorted(operations) for path, operations in schema["paths"].items()}
    assert paths == {
        "/api/v1/me/eligibility/": ["get"],
        "/api/v1/people/{public_id}/follow": ["delete", "get", "put"],
        "/api/v1/people/{public_id}/followers": ["get"],
        "/api/v1/people/{public_id}/following": ["get"],
        "/api/v1/topics": ["get"],
        "/api/v1/spaces": ["get", "post"],
        "/api/v1/spaces/{public_id}": ["get", "patch"],
        **{f"/api/v1/spaces/{{public_id}}/{below}": methods for below, methods in BELOW_A_ROOM.items()},
    }


def test_schema_names_each_parameter(schema: dict[str, Any]) -> None:
    parameters = schema["paths"]["/api/v1/spaces"]["get"]["parameters"]
    assert sorted(parameter["name"] for parameter in parameters) == [
        "cursor",
        "host",
        "language",
        "limit",
        "q",
        "starts_after",
        "starts_before",
        "state",
        "topic",
    ]
    state = next(parameter["schema"] for parameter in parameters if parameter["name"] == "state")
    assert state["enum"] == ["scheduled", "open", "live", "ended", "cancelled"]


def test_schema_says_what_errors_look_like(schema: dict[str, Any]) -> None:
    for operations in schema["paths"].values():
        for operation in operations.values():
            content = operation["responses"]["default"]["content"]
            assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_schema_is_served(client: Client) -> None:
    response = client.get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    assert (response.status_code, response.json()["info"]["title"]) == (200, "Causerie API")
