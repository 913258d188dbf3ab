"""The API's own description."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import yaml
from django.core.management import call_command

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client


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
        "/api/v1/spaces": ["get", "post"],
        "/api/v1/spaces/{public_id}": ["get"],
    }


def test_schema_names_each_parameter(schema: dict[str, Any]) -> None:
    parameters = schema["paths"]["/api/v1/spaces"]["get"]["parameters"]
    assert sorted(parameter["name"] for parameter in parameters) == ["cursor", "host", "limit", "state"]
    state = next(parameter["schema"] for parameter in parameters if parameter["name"] == "state")
    assert state["enum"] == ["scheduled", "open", "live", "ended", "cancelled"]


def test_schema_says_what_errors_look_like(schema: dict[str, Any]) -> None:
    for operations in schema["paths"].values():
        content = operations["get"]["responses"]["default"]["content"]
        assert content == {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}


def test_schema_is_served(client: Client) -> None:
    response = client.get("/api/v1/schema", headers={"accept": "application/vnd.oai.openapi+json"})
    assert (response.status_code, response.json()["info"]["title"]) == (200, "Causerie API")
