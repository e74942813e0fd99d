"""Pairs of documents with one known change each, from the classes of OpenAPI and JSON Schema; and pairs that mean the same."""

import copy

from diff.building import base, in_operation, in_request, in_response

B, W, I = "breaking", "warning", "info"  # noqa: E741 - the letters make the table readable
S, N = {"type": "string"}, {"type": "integer"}
NULLABLE = {"type": ["string", "null"]}


def obj(required=(), closed=False, **properties):
    made = {"type": "object", "properties": properties}
    if required:
        made["required"] = list(required)
    if closed:
        made["additionalProperties"] = False
    return made


# old, new, id, level in requests, level in answers (None: the class does not exist there)
SCHEMAS = {
    "a type becomes another": (S, N, "type-changed", B, B),
    "an integer becomes a number": (N, {"type": "number"}, "type-widened", I, B),
    "a number becomes an integer": ({"type": "number"}, N, "type-narrowed", B, I),
    "a list of types grows": ({"type": ["string"]}, {"type": ["string", "integer"]}, "type-widened", I, B),
    "a list of types shrinks": ({"type": ["string", "integer"]}, S, "type-narrowed", B, I),
    "an object becomes an array": (obj(a=S), {"type": "array", "items": S}, "type-changed", B, B),
    "no type becomes one": ({}, S, "type-narrowed", B, I),
    "a type is dropped": (S, {}, "type-widened", I, B),
    "null is allowed by a list": (S, NULLABLE, "null-allowed", I, B),
    "null is allowed by a union": (S, {"anyOf": [S, {"type": "null"}]}, "null-allowed", I, B),
    "null is refused": (NULLABLE, S, "null-refused", B, I),
    "null is refused by a union": ({"oneOf": [obj(a=S), {"type": "null"}]}, obj(a=S), "null-refused", B, I),
    "an enum value goes": ({"enum": ["a", "b"]}, {"enum": ["a"]}, "enum-value-removed", B, I),
    "an enum value comes": ({"enum": ["a", "b"]}, {"enum": ["a", "b", "c"]}, "enum-value-added", I, W),
    "an enum value of numbers comes": ({"enum": [1, 2]}, {"enum": [1, 2, 3]}, "enum-value-added", I, W),
    "an enum comes": (S, {"type": "string", "enum": ["a"]}, "enum-introduced", B, I),
    "an enum goes": ({"type": "string", "enum": ["a", "b"]}, S, "enum-lifted", I, B),
    "a constant comes": (S, {"type": "string", "const": "a"}, "enum-introduced", B, I),
    "a constant changes": ({"const": "v1"}, {"const": "v2"}, "constant-changed", B, B),
    "a constant becomes two values": ({"const": "a"}, {"enum": ["a", "b"]}, "enum-value-added", I, W),
    "a minimum comes": (N, {**N, "minimum": 1}, "minimum-added", B, I),
    "a minimum goes": ({**N, "minimum": 1}, N, "minimum-removed", I, B),
    "a minimum rises": ({**N, "minimum": 1}, {**N, "minimum": 5}, "minimum-tightened", B, I),
    "a minimum falls": ({**N, "minimum": 5}, {**N, "minimum": 1}, "minimum-loosened", I, B),
    "a minimum is excluded": ({"type": "number", "minimum": 1}, {"type": "number", "exclusiveMinimum": 1}, "minimum-tightened", B, I),
    "a maximum comes": (N, {**N, "maximum": 9}, "maximum-added", B, I),
    "a maximum falls": ({**N, "maximum": 9}, {**N, "maximum": 8}, "maximum-tightened", B, I),
    "a maximum rises": ({**N, "maximum": 8}, {**N, "maximum": 9}, "maximum-loosened", I, B),
    "a maximum is included": ({"type": "number", "exclusiveMaximum": 9}, {"type": "number", "maximum": 9}, "maximum-loosened", I, B),
    "a least length comes": (S, {**S, "minLength": 3}, "minimum-size-added", B, I),
    "a least length rises": ({**S, "minLength": 3}, {**S, "minLength": 5}, "minimum-size-tightened", B, I),
    "a greatest length comes": (S, {**S, "maxLength": 3}, "maximum-size-added", B, I),
    "a greatest length falls": ({**S, "maxLength": 9}, {**S, "maxLength": 5}, "maximum-size-tightened", B, I),
    "a greatest length rises": ({**S, "maxLength": 5}, {**S, "maxLength": 9}, "maximum-size-loosened", I, B),
    "a greatest length goes": ({**S, "maxLength": 5}, S, "maximum-size-removed", I, B),
    "a greatest number of items falls": ({"type": "array", "maxItems": 9}, {"type": "array", "maxItems": 2}, "maximum-size-tightened", B, I),
    "a least number of items goes": ({"type": "array", "minItems": 1}, {"type": "array"}, "minimum-size-removed", I, B),
    "items must differ": ({"type": "array"}, {"type": "array", "uniqueItems": True}, "unique-items-demanded", B, I),
    "a greatest number of properties comes": ({"type": "object"}, {"type": "object", "maxProperties": 3}, "maximum-size-added", B, I),
    "a pattern comes": (S, {**S, "pattern": "^a"}, "pattern-added", B, I),
    "a pattern goes": ({**S, "pattern": "^a"}, S, "pattern-removed", I, B),
    "a pattern is tightened": ({**S, "pattern": "^[a-z]{1,9}$"}, {**S, "pattern": "^[a-z]{1,5}$"}, "pattern-narrowed", B, I),
    "a pattern is widened": ({**S, "pattern": "^[a-z]+$"}, {**S, "pattern": "^[a-zA-Z]+$"}, "pattern-widened", I, B),
    "a pattern is replaced": ({**S, "pattern": "^a$"}, {**S, "pattern": "^b$"}, "pattern-replaced", B, B),
    "a format comes": (S, {**S, "format": "uuid"}, "format-added", B, I),
    "a format goes": ({**S, "format": "date-time"}, S, "format-removed", I, B),
    "a format changes": ({**S, "format": "date"}, {**S, "format": "date-time"}, "format-changed", B, B),
    "an int32 becomes an int64": ({**N, "format": "int32"}, {**N, "format": "int64"}, "format-widened", I, B),
    "an int64 becomes an int32": ({**N, "format": "int64"}, {**N, "format": "int32"}, "format-narrowed", B, I),
    "a multiple comes": (N, {**N, "multipleOf": 5}, "multiple-tightened", B, I),
    "a multiple is loosened": ({**N, "multipleOf": 10}, {**N, "multipleOf": 5}, "multiple-loosened", I, B),
    "an optional property comes": (obj(a=S), obj(a=S, b=S), "property-added", I, I),
    "a required property comes": (obj(a=S), obj(["b"], a=S, b=S), "required-property-added", B, I),
    "an optional property goes": (obj(a=S, b=S), obj(a=S), "property-removed", W, W),
    "a required property goes": (obj(["b"], a=S, b=S), obj(a=S), "required-property-removed", W, B),
    "a property becomes required": (obj(a=S), obj(["a"], a=S), "property-became-required", B, I),
    "a property becomes optional": (obj(["a"], a=S), obj(a=S), "property-became-optional", I, B),
    "an object is closed": (obj(a=S), obj(closed=True, a=S), "object-closed", B, I),
    "an object is opened": (obj(closed=True, a=S), obj(a=S), "object-opened", I, I),
    "a property of a closed object goes": (obj(closed=True, a=S, b=S), obj(closed=True, a=S), ("property-refused", "property-removed"), B, W),
    "a map's values change": ({"type": "object", "additionalProperties": N}, {"type": "object", "additionalProperties": S}, "type-changed", B, B),
    "a map's values are widened": ({"type": "object", "additionalProperties": N}, {"type": "object", "additionalProperties": {"type": "number"}}, "type-widened", I, B),
    "a property becomes read-only": (obj(a=S), obj(a={**S, "readOnly": True}), "property-became-read-only", W, I),
    "a property becomes write-only": (obj(a=S), obj(a={**S, "writeOnly": True}), "property-became-write-only", I, W),
    "a required property becomes write-only": (obj(["a"], a=S), obj(["a"], a={**S, "writeOnly": True}), ("required-property-became-write-only", "property-became-write-only"), I, B),
    "a required read-only property can be sent": (obj(["a"], a={**S, "readOnly": True}), obj(["a"], a=S), ("property-became-required", "property-no-longer-read-only"), B, I),
    "a required read-only property comes": (obj(b=S), obj(["a"], a={**S, "readOnly": True}, b=S), "required-property-added", None, I),
    "a default changes": (obj(a={**N, "default": 1}), obj(a={**N, "default": 2}), "default-changed", W, I),
    "a property is deprecated": (obj(a=S), obj(a={**S, "deprecated": True}), "schema-deprecated", I, I),
    "items change": ({"type": "array", "items": S}, {"type": "array", "items": N}, "type-changed", B, B),
    "items are narrowed": ({"type": "array", "items": S}, {"type": "array", "items": {**S, "maxLength": 5}}, "maximum-size-added", B, I),
    "nothing is left unevaluated": ({"type": "array", "prefixItems": [S]}, {"type": "array", "prefixItems": [S], "unevaluatedItems": False},
                                    "maximum-size-added", B, I),
    "an entry of a tuple changes": ({"type": "array", "prefixItems": [S, N]}, {"type": "array", "prefixItems": [S, S]}, "type-changed", B, B),
    "an alternative comes": ({"oneOf": [S, N]}, {"oneOf": [S, N, obj(a=S)]}, "union-branch-added", I, B),
    "an alternative goes": ({"oneOf": [S, N, obj(a=S)]}, {"oneOf": [S, N]}, "union-branch-removed", B, I),
    "one thing becomes alternatives": (obj(a=S), {"oneOf": [obj(a=S), {"type": "array", "items": S}]}, "union-branch-added", I, B),
    "an alternative changes within": ({"anyOf": [obj(a=S), S]}, {"anyOf": [obj(a=N), S]}, "type-changed", B, B),
    "an allOf gets a requirement": ({"allOf": [obj(a=S), obj(b=S)]}, {"allOf": [obj(a=S), obj(["b"], b=S)]}, "property-became-required", B, I),
    "an allOf gets a branch": ({"allOf": [obj(a=S)]}, {"allOf": [obj(a=S), obj(["b"], b=S)]}, "required-property-added", B, I),
    "a condition comes": (N, {**N, "not": {"const": 5}}, "constraint-added", B, I),
    "properties depend on each other": (obj(a=S, b=S), {**obj(a=S, b=S), "dependentRequired": {"a": ["b"]}}, "dependency-added", B, I),
    "names are restricted": ({"type": "object"}, {"type": "object", "propertyNames": {"type": "string", "maxLength": 3}}, ("maximum-size-added", "type-narrowed"), B, I),
    "an item is demanded": ({"type": "array"}, {"type": "array", "contains": {"const": 1}}, "constraint-added", B, I),
    "nothing is accepted": (obj(a=S), False, "schema-forbidden", B, I),
}  # fmt: skip

UNION = {"oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}],
         "discriminator": {"propertyName": "kind"}}  # fmt: skip
FISHES = {"oneOf": [{"$ref": "#/components/schemas/Fish"}, {"$ref": "#/components/schemas/Dog"}]}
BIRD = {"type": "object", "required": ["kind", "wings"], "properties": {"kind": {"const": "bird"}, "wings": N}}


def wrapped(schema):
    """Deep: an item of a list in a property of one branch of a union."""
    return {"anyOf": [obj(["tag"], tag={"const": "x"}, held={"type": "array", "items": obj(inner=schema)}), N]}


def shared(schema):
    """In a component that refers to itself."""
    return {"$ref": "#/components/schemas/Shared"}, {"Shared": obj(held=schema, next={"$ref": "#/components/schemas/Shared"})}


def schema_pairs():
    """Each case in a request and in an answer, by itself, deep within, and in a shared component."""
    for name, (old, new, ids, request, response) in SCHEMAS.items():
        ids = (ids,) if isinstance(ids, str) else ids
        for place, build, level in (("a request", in_request, request), ("an answer", in_response, response)):
            yield f"{name}, in {place}", build(old), build(new), ids if level else (), level
            if new is not False:
                yield f"{name}, deep in {place}", build(wrapped(old)), build(wrapped(new)), ids if level else (), level
            documents = []
            for schema in (old, new):
                reference, held = shared(schema)
                documents.append(build(reference, components={"schemas": held}))
            if ids != ("schema-forbidden",):
                yield f"{name}, shared in {place}", *documents, ids if level else (), level


def parameter(name="q", place="query", **members):
    return {"name": name, "in": place, "schema": S, **members}


def answers(**statuses):
    return {"responses": {key.strip("_"): held for key, held in statuses.items()}}


OK = {"description": "ok"}
JSON = {"application/json": {"schema": obj(a=S)}}
HOOK = {
    "sent": {"post": {"requestBody": {"content": {"application/json": {"schema": obj(["a"], a=S)}}}, "responses": {"200": OK}}}
}


def hook(schema=None, answer=None):
    made = copy.deepcopy(HOOK)
    if schema is not None:
        made["sent"]["post"]["requestBody"]["content"]["application/json"]["schema"] = schema
    if answer is not None:
        made["sent"]["post"]["responses"]["200"] = {**OK, "content": {"application/json": {"schema": answer}}}
    return made


def called(made):
    return {"callbacks": {"sent": {"{$request.query.url}": made["sent"]}}}


def paths(*names, **operation):
    return {name: {"get": {"operationId": f"get{index}", **answers(_200=OK), **operation}} for index, name in enumerate(names)}


def item(name, **schema):
    return {"parameters": [{"name": name, "in": "path", "required": True, "schema": {**S, **schema}}]}


def op(old, new, ids, level, **members):
    return in_operation(old, **members), in_operation(new, **members), (ids,), level


def doc(old, new, ids, level):
    return base(**old), base(**new), (ids,), level


P, Q = [parameter()], [parameter(), parameter("r")]
LISTED = {"schema": {"type": "array", "items": S}}
OTHERS = {
    "an operation goes": doc({"paths": paths("/a", "/b")}, {"paths": paths("/a")}, "operation-removed", B),
    "an operation comes": doc({"paths": paths("/a")}, {"paths": paths("/a", "/b")}, "operation-added", I),
    "a method changes": doc({"paths": {"/a": {"put": {"operationId": "x", **answers(_200=OK)}}}},
                            {"paths": {"/a": {"post": {"operationId": "x", **answers(_200=OK)}}}}, "operation-moved", B),
    "a path changes its case": doc({"paths": paths("/things")}, {"paths": paths("/Things")}, "operation-moved", B),
    "a path gets a slash": doc({"paths": paths("/things")}, {"paths": paths("/things/")}, "operation-moved", B),
    "a path parameter is renamed": doc({"paths": paths("/a/{id}", **item("id"))}, {"paths": paths("/a/{key}", **item("key"))},
                                       "path-parameter-renamed", I),
    "a path parameter is tightened": doc({"paths": paths("/a/{id}", **item("id"))},
                                         {"paths": paths("/a/{id}", **item("id", maxLength=5))}, "maximum-size-added", B),
    "an operationId changes": op({"operationId": "a"}, {"operationId": "b"}, "operation-id-changed", I),
    "an operation is deprecated": op({}, {"deprecated": True}, "operation-deprecated", I),
    "the sunset is earlier": op({"deprecated": True, "x-sunset": "2030-01-01"}, {"deprecated": True, "x-sunset": "2029-01-01"},
                                "sunset-earlier", W),
    "a tag changes": op({"tags": ["a"]}, {"tags": ["b"]}, "group-changed", I),
    "an optional parameter comes": op({"parameters": P}, {"parameters": Q}, "parameter-added", I),
    "a required parameter comes": op({"parameters": P}, {"parameters": [*P, parameter("r", required=True)]},
                                     "required-parameter-added", B),
    "a required header comes": op({}, {"parameters": [parameter("X-A", "header", required=True)]}, "required-parameter-added", B),
    "a parameter goes": op({"parameters": Q}, {"parameters": P}, "parameter-removed", W),
    "a parameter becomes required": op({"parameters": P}, {"parameters": [parameter(required=True)]}, "parameter-became-required", B),
    "a parameter becomes optional": op({"parameters": [parameter(required=True)]}, {"parameters": P}, "parameter-became-optional", I),
    "a parameter moves": op({"parameters": P}, {"parameters": [parameter(place="header")]}, "parameter-moved", B),
    "a parameter's enum shrinks": op({"parameters": [parameter(schema={"enum": ["a", "b"]})]},
                                     {"parameters": [parameter(schema={"enum": ["a"]})]}, "enum-value-removed", B),
    "a parameter's type changes": op({"parameters": P}, {"parameters": [parameter(schema=N)]}, "type-narrowed", B),
    "a parameter's type is widened": op({"parameters": [parameter(schema=N)]}, {"parameters": [parameter(schema={"type": "number"})]},
                                        "type-widened", I),
    "a parameter's default changes": op({"parameters": [parameter(schema={**N, "default": 20})]},
                                        {"parameters": [parameter(schema={**N, "default": 50})]}, "default-changed", W),
    "a list is not exploded any more": op({"parameters": [parameter(**LISTED)]}, {"parameters": [parameter(explode=False, **LISTED)]},
                                          "parameter-explode-changed", B),
    "a list is piped": op({"parameters": [parameter(style="spaceDelimited", explode=False, **LISTED)]},
                          {"parameters": [parameter(style="pipeDelimited", explode=False, **LISTED)]}, "parameter-style-changed", B),
    "reserved characters are refused": op({"parameters": [parameter(allowReserved=True)]}, {"parameters": P}, "reserved-refused", B),
    "a parameter is deprecated": op({"parameters": P}, {"parameters": [parameter(deprecated=True)]}, "parameter-deprecated", I),
    "a cookie is demanded": op({}, {"parameters": [parameter("c", "cookie", required=True)]}, "required-parameter-added", B),
    "an optional body comes": op({}, {"requestBody": {"content": JSON}}, "request-body-added", I),
    "a required body comes": op({}, {"requestBody": {"required": True, "content": JSON}}, "required-request-body-added", B),
    "a body goes": op({"requestBody": {"content": JSON}}, {}, "request-body-removed", B),
    "a body becomes required": op({"requestBody": {"content": JSON}}, {"requestBody": {"required": True, "content": JSON}},
                                  "request-body-became-required", B),
    "a body becomes optional": op({"requestBody": {"required": True, "content": JSON}}, {"requestBody": {"content": JSON}},
                                  "request-body-became-optional", I),
    "a body's media type goes": op({"requestBody": {"content": {**JSON, "text/csv": {}}}}, {"requestBody": {"content": JSON}},
                                   "media-type-removed", B),
    "a body's media type comes": op({"requestBody": {"content": JSON}}, {"requestBody": {"content": {**JSON, "text/csv": {}}}},
                                    "media-type-added", I),
    "an answer's media type goes": op(answers(_200={**OK, "content": {**JSON, "text/csv": {}}}), answers(_200={**OK, "content": JSON}),
                                      "media-type-removed", B),
    "an answer's media type comes": op(answers(_200={**OK, "content": JSON}), answers(_200={**OK, "content": {**JSON, "text/csv": {}}}),
                                       "media-type-added", I),
    "an answer loses its body": op(answers(_200={**OK, "content": JSON}), answers(_200=OK), "content-removed", B),
    "a success goes": op(answers(_200=OK, _201=OK), answers(_200=OK), "success-status-removed", B),
    "a success comes": op(answers(_200=OK), answers(_200=OK, _202=OK), "success-status-added", W),
    "an error goes": op(answers(_200=OK, _404=OK), answers(_200=OK), "error-status-removed", I),
    "an error comes": op(answers(_200=OK), answers(_200=OK, _404=OK), "error-status-added", I),
    "an error's body changes": op(answers(_200=OK, _4XX={**OK, "content": {"application/json": {"schema": S}}}),
                                  answers(_200=OK, _4XX={**OK, "content": {"application/json": {"schema": N}}}), "type-changed", B),
    "a status is told from its range": op(answers(_2XX={**OK, "content": {"application/json": {"schema": S}}}),
                                          answers(_2XX={**OK, "content": {"application/json": {"schema": S}}},
                                                  _201={**OK, "content": {"application/json": {"schema": N}}}), "type-changed", B),
    "a header comes": op(answers(_200=OK), answers(_200={**OK, "headers": {"X-A": {"schema": S}}}), "header-added", I),
    "an optional header goes": op(answers(_200={**OK, "headers": {"X-A": {"schema": S}}}), answers(_200=OK), "header-removed", W),
    "a required header goes": op(answers(_200={**OK, "headers": {"X-A": {"required": True, "schema": S}}}), answers(_200=OK),
                                 "required-header-removed", B),
    "a header becomes optional": op(answers(_200={**OK, "headers": {"X-A": {"required": True, "schema": S}}}),
                                    answers(_200={**OK, "headers": {"X-A": {"schema": S}}}), "header-became-optional", B),
    "a header's type changes": op(answers(_200={**OK, "headers": {"X-A": {"schema": N}}}),
                                  answers(_200={**OK, "headers": {"X-A": {"schema": S}}}), "type-widened", B),
    "security is added": op({}, {"security": [{"key": []}]}, "security-added", B),
    "security is added to all": doc({}, {"security": [{"key": []}]}, "security-added", B),
    "security is added by leaving out none": op({"security": [{}, {"key": []}]}, {"security": [{"key": []}]}, "security-added", B),
    "security is removed": op({"security": [{"key": []}]}, {"security": []}, "security-removed", I),
    "an alternative of security comes": op({"security": [{"key": []}]}, {"security": [{"key": []}, {"token": []}]},
                                           "security-alternative-added", I),
    "an alternative of security goes": op({"security": [{"key": []}, {"token": []}]}, {"security": [{"key": []}]},
                                          "security-alternative-removed", B),
    "another scheme is demanded": op({"security": [{"key": []}]}, {"security": [{"token": []}]}, "security-changed", B),
    "a second scheme is demanded": op({"security": [{"key": []}]}, {"security": [{"key": [], "token": []}]}, "security-changed", B),
    "a second scheme is demanded no more": op({"security": [{"key": [], "token": []}]}, {"security": [{"key": []}]},
                                              "security-alternative-added", I),
    "a scope is demanded": op({"security": [{"flow": ["read"]}]}, {"security": [{"flow": ["read", "write"]}]}, "scope-added", B),
    "a scope is demanded no more": op({"security": [{"flow": ["read", "write"]}]}, {"security": [{"flow": ["read"]}]},
                                      "scope-removed", I),
    "a key is sent elsewhere": (base(security=[{"key": []}]), base(security=[{"key": []}], components={"securitySchemes": {
        "key": {"type": "apiKey", "in": "query", "name": "key"}}}), ("security-changed",), B),
    "the base path moves": doc({"servers": [{"url": "https://a.test/v1"}]}, {"servers": [{"url": "https://a.test/v2"}]},
                               "server-changed", B),
    "a server goes": doc({"servers": [{"url": "https://a.test"}, {"url": "https://b.test"}]}, {"servers": [{"url": "https://a.test"}]},
                         "server-removed", B),
    "a server comes": doc({"servers": [{"url": "https://a.test"}]}, {"servers": [{"url": "https://a.test"}, {"url": "https://b.test"}]},
                          "server-added", I),
    "a webhook comes": doc({}, {"webhooks": HOOK}, "webhook-added", I),
    "a webhook goes": doc({"webhooks": HOOK}, {}, "webhook-removed", B),
    "a webhook's field becomes optional": doc({"webhooks": HOOK}, {"webhooks": hook(obj(a=S))}, "property-became-optional", B),
    "a webhook's field is added": doc({"webhooks": HOOK}, {"webhooks": hook(obj(["a", "b"], a=S, b=S))}, "required-property-added", I),
    "a webhook's required field goes": doc({"webhooks": HOOK}, {"webhooks": hook(obj())}, "required-property-removed", B),
    "a webhook's enum grows": doc({"webhooks": hook({"enum": ["a"]})}, {"webhooks": hook({"enum": ["a", "b"]})}, "enum-value-added", W),
    "a webhook's answer is narrowed": doc({"webhooks": hook(answer=S)}, {"webhooks": hook(answer={**S, "maxLength": 5})},
                                          "maximum-size-added", B),
    "a callback goes": op(called(HOOK), {}, "callback-removed", B),
    "a callback's field becomes optional": op(called(HOOK), called(hook(obj(a=S))), "property-became-optional", B),
    "a callback's field is narrowed": op(called(HOOK), called(hook(obj(["a"], a={**S, "maxLength": 5}))), "maximum-size-added", I),
    "a discriminated alternative comes": (
        in_response(UNION, components={"schemas": {"Bird": BIRD}}),
        in_response({**UNION, "oneOf": [*UNION["oneOf"], {"$ref": "#/components/schemas/Bird"}]}, components={"schemas": {"Bird": BIRD}}),
        ("union-branch-added",), B),
    "a discriminated alternative goes": (
        in_request({**UNION, "oneOf": [*UNION["oneOf"], {"$ref": "#/components/schemas/Bird"}]}, components={"schemas": {"Bird": BIRD}}),
        in_request(UNION, components={"schemas": {"Bird": BIRD}}), ("union-branch-removed",), B),
    "a discriminator changes": (in_response(UNION), in_response({**UNION, "discriminator": {"propertyName": "sort"}}),
                                ("discriminator-changed",), B),
    "a base's discriminator changes": (
        in_response({"$ref": "#/components/schemas/Base"}, components={"schemas": {"Base": {**obj(a=S, b=S), "discriminator": {"propertyName": "a"}}}}),
        in_response({"$ref": "#/components/schemas/Base"}, components={"schemas": {"Base": {**obj(a=S, b=S), "discriminator": {"propertyName": "b"}}}}),
        ("discriminator-changed",), B),
    "a discriminator's value is renamed": (
        in_request({**UNION, "discriminator": {"propertyName": "kind", "mapping": {"cat": "#/components/schemas/Cat"}}}),
        in_request({**UNION, "discriminator": {"propertyName": "kind", "mapping": {"tom": "#/components/schemas/Cat"}}}),
        ("discriminator-value-added", "discriminator-value-removed"), B),
    "a discriminator goes by names": (
        in_request({**FISHES, "discriminator": {"propertyName": "kind", "mapping": {"trout": "#/components/schemas/Fish"}}}),
        in_request({**FISHES, "discriminator": {"propertyName": "kind"}}),
        ("discriminator-value-added", "discriminator-value-removed"), B),
    "the version is lowered": doc({"info": {"title": "t", "version": "2.0.0"}}, {"info": {"title": "t", "version": "1.9.0"}},
                                  "version-lowered", W),
}  # fmt: skip


def pairs():
    """Name, old, new, the ids that show it, and the worst level on the wire."""
    yield from schema_pairs()
    for name, row in OTHERS.items():
        yield name, *row
