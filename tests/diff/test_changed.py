"""Which operations a gate has to test again."""

from diff.building import base, document

from conformance.diff.diff import changed_operations

PET = {"type": "object", "properties": {"name": {"type": "string"}}}
OK = {"description": "ok"}


def api(pet=PET, **more):
    answer = {**OK, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
    paths = {
        "/pets": {"get": {"responses": {"200": answer}}, "post": {"responses": {"201": OK}}},
        "/pets/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
            "get": {"responses": {"200": answer}},
        },
        **more,
    }
    return document(base(paths=paths, components={"schemas": {"Pet": pet}}))


def labels(old, new):
    return [operation.label for operation in changed_operations(old, new)]


def test_a_shared_schema_reaches_every_operation_that_uses_it():
    assert labels(api(), api({**PET, "required": ["name"]})) == ["GET /pets", "GET /pets/{id}"]


def test_a_new_operation_is_tested():
    assert labels(api(), api(**{"/dogs": {"get": {"responses": {"200": OK}}}})) == ["GET /dogs"]


def test_words_and_names_are_no_change():
    old = api(**{"/dogs": {"get": {"operationId": "a", "tags": ["x"], "responses": {"200": OK}}}})
    new = api(
        **{"/dogs": {"get": {"operationId": "b", "tags": ["y"], "summary": "Dogs", "responses": {"200": {"description": "no"}}}}}
    )
    assert labels(old, new) == []


def test_an_operation_that_is_gone_is_not_tested():
    assert labels(api(**{"/dogs": {"get": {"responses": {"200": OK}}}}), api()) == []


def test_another_server_changes_all():
    old, new = (document(base(servers=[{"url": url}])) for url in ("https://a.test", "https://b.test"))
    assert labels(old, new) == ["GET /pets"]
