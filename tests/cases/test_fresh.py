"""Requests with a key have one of their own, or the service would answer as it has answered another."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.cases.fresh import FreshKeys
from conformance.model.message import Request

JSON = ("Content-Type", "application/json")


def operation(make_document: Any, header: dict[str, Any], field: dict[str, Any] | None = None) -> Any:
    body = {"type": "object", "properties": {"name": {"type": "string"}, **({"idempotency_key": field} if field else {})}}
    post = {
        "parameters": [{"name": "Idempotency-Key", "in": "header", "schema": header}],
        "requestBody": {"content": {"application/json": {"schema": body}}},
        "responses": {"201": {"description": "made"}},
    }
    return make_document({"/things": {"post": post}}).by_label["POST /things"]


def sent(key: str | None, body: Any = None) -> Request:
    headers = (JSON, *((("idempotency-key", key),) if key is not None else ()))
    return Request(method="POST", url="http://a.test/things", headers=headers, body=json.dumps(body).encode() if body else b"")


@pytest.mark.parametrize(
    ("schema", "key"),
    [
        ({"type": "string"}, "a key of somebody"),
        ({"type": "string", "maxLength": 64}, "0" * 64),
        ({"type": "string", "format": "uuid"}, "3f1de0a8-7a5d-4a1b-9d5e-0d7f7a6b1c2d"),
        ({"type": "string", "pattern": "^[0-9a-f]{32}$"}, "0" * 32),
    ],
)
def test_no_two_requests_have_one_key(make_document: Any, schema: dict[str, Any], key: str) -> None:
    keys, create = FreshKeys("1"), operation(make_document, schema)
    found = [keys.renewed(create, sent(key)).header("idempotency-key") for _ in range(20)]
    parameter = create.parameters_in("header")[0].schema
    assert len({*found, key}) == 21
    assert all(parameter.is_valid(one) and len(one) == len(key) for one in found)


def test_the_same_salt_makes_the_same_keys_and_another_one_others(make_document: Any) -> None:
    create = operation(make_document, {"type": "string"})
    first, again, other = (FreshKeys(salt).renewed(create, sent("a key")) for salt in ("1", "1", "2"))
    assert first == again != other


@pytest.mark.parametrize(
    ("schema", "key"),
    [({"type": "string", "maxLength": 8}, "a key that is too long"), ({"type": "string", "enum": ["only-this"]}, "only-this")],
)
def test_a_key_that_is_wrong_or_the_only_one_stays(make_document: Any, schema: dict[str, Any], key: str) -> None:
    assert FreshKeys("1").renewed(operation(make_document, schema), sent(key)) == sent(key)


def test_a_request_without_a_key_gets_none(make_document: Any) -> None:
    create = operation(make_document, {"type": "string"}, {"type": "string"})
    assert FreshKeys("1").renewed(create, sent(None, {"name": "x"})) == sent(None, {"name": "x"})


def test_a_key_in_the_body_is_renewed_and_nothing_else(make_document: Any) -> None:
    create = operation(make_document, {"type": "string"}, {"type": "string", "maxLength": 20})
    keys, asked = FreshKeys("1"), sent(None, {"name": "x", "idempotency_key": "k" * 20})
    found = [json.loads(keys.renewed(create, asked).body) for _ in range(3)]
    assert len({one["idempotency_key"] for one in found}) == 3
    assert all(one["name"] == "x" and len(one["idempotency_key"]) == 20 for one in found)
    assert keys.renewed(create, asked, body=False) == asked
