from __future__ import annotations

from typing import Any

from conformance.spec.router import Router

OK = {"responses": {"200": {"description": "ok"}}}


def routes(make_document: Any, *paths: str, **others: Any) -> Router:
    parameters = {
        name: {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("id", "sub", "a", "b")
    }
    items = {
        path: {"get": {**OK, "parameters": [value for name, value in parameters.items() if f"{{{name}}}" in path]}}
        for path in paths
    }
    return Router(make_document(items, **others).operations)


def led(router: Router, url: str, method: str = "GET") -> tuple[str | None, dict[str, str]] | None:
    match = router.match(method, url)
    return (match.operation.path if match.operation else None, dict(match.values)) if match else None


def test_literal_segments_win_over_templates(make_document: Any) -> None:
    router = routes(make_document, "/users/{id}", "/users/me", "/users/{id}/posts")
    assert led(router, "/users/me") == ("/users/me", {})
    assert led(router, "/users/7") == ("/users/{id}", {"id": "7"})
    assert led(router, "/users/me/posts") == ("/users/{id}/posts", {"id": "me"})


def test_the_base_path_may_be_there_or_not(make_document: Any) -> None:
    router = routes(make_document, "/things", servers=[{"url": "https://api.example.com/v2"}])
    assert led(router, "https://api.example.com/v2/things?x=1") == ("/things", {})
    assert led(router, "http://127.0.0.1:1/things") == ("/things", {})
    assert led(router, "/v3/things") is None


def test_values_stay_encoded_and_may_share_a_segment(make_document: Any) -> None:
    router = routes(make_document, "/a/{a}.{b}", "/x/{id}")
    assert led(router, "/a/one.two") == ("/a/{a}.{b}", {"a": "one", "b": "two"})
    assert led(router, "/x/a%2Fb") == ("/x/{id}", {"id": "a%2Fb"})


def test_a_known_path_with_another_method_names_the_methods(make_document: Any) -> None:
    match = routes(make_document, "/things").match("DELETE", "/things")
    assert match is not None
    assert match.operation is None
    assert match.allowed == ("GET",)


def test_every_operation_of_a_real_document_is_reached_by_its_own_path(telnyx: Any) -> None:
    router = Router(telnyx.operations)
    for operation in telnyx.operations:
        match = router.match(operation.method, operation.path.replace("{", "").replace("}", ""))
        assert match is not None
        assert match.operation is operation
