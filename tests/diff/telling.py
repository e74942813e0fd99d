"""Single edits to one document that uses most of what OpenAPI has, with the level, the operation and the place of each."""

import copy

S, N = {"type": "string"}, {"type": "integer"}
OK = {"description": "ok"}
GONE = object()
"""Put in the place of a value, it takes it away."""


def ref(kind, name):
    return {"$ref": f"#/components/{kind}/{name}"}


def obj(*required, **properties):
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def body(media, schema, **more):
    return {"content": {media: {"schema": schema, **more}}}


ORDER = obj("id", id=S, state={"enum": ["new", "paid"]}, parent=ref("schemas", "Order"))
FORM = body("multipart/form-data", obj(scan=S), encoding={"scan": {"contentType": "image/png, image/jpeg"}})
LINKS = {"items": {"operationId": "getItem", "parameters": {"order": "$response.body#/id"}}}
SHOP = {
    "openapi": "3.1.0",
    "info": {"title": "Shop", "version": "1.0.0"},
    "servers": [{"url": "https://{env}.shop.test", "variables": {"env": {"default": "api", "enum": ["api", "staging"]}}}],
    "security": [{"token": []}, {"key": []}],
    "paths": {
        "/orders": {
            "parameters": [ref("parameters", "Tenant")],
            "get": {
                "operationId": "listOrders",
                "parameters": [{"name": "page", "in": "query", "schema": {**N, "default": 1}}],
                "responses": {"200": {**OK, **body("application/json", {"type": "array", "items": ref("schemas", "Order")})}},
            },
            "post": {
                "operationId": "createOrder",
                "requestBody": {"required": True, **body("application/json", obj("pay", pay=ref("schemas", "Payment")))},
                "responses": {
                    "201": {**OK, "links": LINKS, **body("application/json", ref("schemas", "Order"))},
                    "default": {**OK, **body("application/problem+json", obj("title", title=S))},
                },
            },
        },
        "/orders/{order}/items/{item}": {
            "parameters": [
                {"name": "order", "in": "path", "required": True, "schema": S},
                {"name": "item", "in": "path", "required": True, "schema": N},
            ],
            "get": {"operationId": "getItem", "responses": {"200": {**OK, **body("application/xml", ref("schemas", "Item"))}}},
            "patch": {
                "operationId": "editItem",
                "security": [{"flow": ["write"]}],
                "requestBody": FORM,
                "responses": {"204": OK},
            },
        },
    },
    "components": {
        "parameters": {"Tenant": {"name": "X-Tenant", "in": "header", "required": True, "schema": S}},
        "schemas": {
            "Order": ORDER,
            "Payment": {"oneOf": [ref("schemas", "Card"), ref("schemas", "Bank")], "discriminator": {"propertyName": "kind"}},
            "Card": obj("kind", "number", kind=S, number=S),
            "Bank": obj("kind", "iban", kind=S, iban=S),
            "Item": {"allOf": [obj("id", id=S), obj(tags={"type": "array", "xml": {"wrapped": True}, "items": S})]},
        },
        "securitySchemes": {
            "token": {"type": "http", "scheme": "bearer"},
            "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "flow": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "https://id.test", "scopes": {"read": "", "write": ""}}},
            },
        },
    },
}
_SCHEMAS, _FLOWS = "/components/schemas", "/components/securitySchemes/flow/flows"
_ITEM = "/paths/~1orders~1{order}~1items~1{item}"
_PART = f"{_ITEM}/patch/requestBody/content/multipart~1form-data/encoding/scan"
_POST, _LIST = "/paths/~1orders/post", "/paths/~1orders/get"
FLOW = {"authorizationUrl": "https://id.test/a", "tokenUrl": "https://id.test", "scopes": {"write": ""}}
LIST, MAKE, READ, EDIT = "GET /orders", "POST /orders", "GET /orders/{order}/items/{item}", "PATCH /orders/{order}/items/{item}"
B, W, I = "breaking", "warning", "info"  # noqa: E741 - the letters make the table readable

# what is put where, the worst level, an operation that it reaches, and the old and new pointers of the worst change
EDITS = {
    "the default of a server's variable": (
        "/servers/0/variables/env/default", "staging", W, LIST, "/servers/0/variables/env/default", "/servers/0/variables/env/default"),
    "a value of a server's variable goes": (
        "/servers/0/variables/env/enum", ["api"], B, LIST, "/servers/0/variables/env/enum", "/servers/0/variables/env/enum"),
    "a server of one operation": (f"{_LIST}/servers", [{"url": "https://old.test"}], B, LIST, "/servers/0", f"{_LIST}/servers/0"),
    "a key is called otherwise": (
        "/components/securitySchemes/key/name", "X-Api-Key", B, LIST, "/components/securitySchemes/key/name", "/components/securitySchemes/key/name"),
    "another HTTP scheme": (
        "/components/securitySchemes/token/scheme", "basic", B, LIST, "/components/securitySchemes/token/scheme", "/components/securitySchemes/token/scheme"),
    "a flow comes": (f"{_FLOWS}/authorizationCode", FLOW, I, EDIT, _FLOWS, f"{_FLOWS}/authorizationCode"),
    "a flow becomes another": (_FLOWS, {"authorizationCode": FLOW}, B, EDIT, f"{_FLOWS}/clientCredentials", _FLOWS),
    "a demanded scope cannot be asked for": (
        f"{_FLOWS}/clientCredentials/scopes/write", GONE, W, EDIT, f"{_FLOWS}/clientCredentials/scopes/write",
        f"{_FLOWS}/clientCredentials/scopes"),
    "tokens come from elsewhere": (
        f"{_FLOWS}/clientCredentials/tokenUrl", "https://id2.test", W, EDIT, f"{_FLOWS}/clientCredentials/tokenUrl", f"{_FLOWS}/clientCredentials/tokenUrl"),
    "an alternative of all goes": ("/security", [{"token": []}], B, LIST, "/security/1", "/security"),
    "a scope is replaced": (
        f"{_ITEM}/patch/security/0/flow", ["read"], B, EDIT, f"{_ITEM}/patch/security/0/flow", f"{_ITEM}/patch/security/0/flow"),
    "a number in a path becomes a text": (
        f"{_ITEM}/parameters/1/schema", S, I, READ, f"{_ITEM}/parameters/1/schema/type", f"{_ITEM}/parameters/1/schema/type"),
    "a text in a path becomes a number": (
        f"{_ITEM}/parameters/0/schema", N, B, READ, f"{_ITEM}/parameters/0/schema/type", f"{_ITEM}/parameters/0/schema/type"),
    "a parameter ends": (f"{_LIST}/parameters/0/x-sunset", "2031-01-01", I, LIST, f"{_LIST}/parameters/0", f"{_LIST}/parameters/0"),
    "a parameter for a whole item": (
        f"{_ITEM}/parameters/-", {"name": "v", "in": "query", "required": True, "schema": S}, B, READ, f"{_ITEM}/parameters", f"{_ITEM}/parameters/2"),
    "a shared parameter is called otherwise": (
        "/components/parameters/Tenant/name", "X-Org", B, LIST, "/components/parameters/Tenant", "/components/parameters/Tenant"),
    "a part takes fewer media types": (f"{_PART}/contentType", "image/png", B, EDIT, f"{_PART}/contentType", f"{_PART}/contentType"),
    "a part takes more media types": (f"{_PART}/contentType", "image/*", I, EDIT, f"{_PART}/contentType", f"{_PART}/contentType"),
    "a part needs a header": (
        f"{_PART}/headers", {"X-Sum": {"required": True, "schema": S}}, B, EDIT, _PART, f"{_PART}/headers/X-Sum"),
    "a link takes its value elsewhere": (
        f"{_POST}/responses/201/links/items/parameters/order", "$response.body#/no", W, MAKE, f"{_POST}/responses/201/links/items", f"{_POST}/responses/201/links/items"),
    "a success beside a default for errors": (f"{_POST}/responses/202", OK, W, MAKE, f"{_POST}/responses", f"{_POST}/responses/202"),
    "a success goes, and the default is for errors": (
        f"{_POST}/responses/201", GONE, B, MAKE, f"{_POST}/responses/201", f"{_POST}/responses"),
    "an element of XML is not wrapped": (
        f"{_SCHEMAS}/Item/allOf/1/properties/tags/xml", GONE, B, READ, f"{_SCHEMAS}/Item/allOf/1/properties/tags/xml", f"{_SCHEMAS}/Item/allOf/1/properties/tags"),
    "a part of an allOf demands less": (
        f"{_SCHEMAS}/Item/allOf/0/required", GONE, B, READ, f"{_SCHEMAS}/Item/allOf/0/required", f"{_SCHEMAS}/Item/allOf/0"),
    "a reference may be null": (
        f"{_SCHEMAS}/Order/properties/parent", {"anyOf": [ref("schemas", "Order"), {"type": "null"}]}, B, MAKE,
        f"{_SCHEMAS}/Order/properties/parent", f"{_SCHEMAS}/Order/properties/parent/anyOf"),
    "a limit beside a reference": (
        f"{_POST}/requestBody/content/application~1json/schema/properties/pay/maxProperties", 9, B, MAKE,
        f"{_POST}/requestBody/content/application~1json/schema/properties/pay", f"{_POST}/requestBody/content/application~1json/schema/properties/pay/maxProperties"),
    "one alternative is left": (
        f"{_SCHEMAS}/Payment/oneOf", [ref("schemas", "Card")], B, MAKE, f"{_SCHEMAS}/Payment/oneOf/1", f"{_SCHEMAS}/Payment/oneOf"),
    "nothing is required": (f"{_SCHEMAS}/Order/required", [], B, LIST, f"{_SCHEMAS}/Order/required", f"{_SCHEMAS}/Order/required"),
}  # fmt: skip

SAME = {
    "an alternative that demands more than another": ("/security/-", {"token": [], "key": []}),
    "the case of a key's header": ("/components/securitySchemes/key/name", "x-key"),
    "the case of an HTTP scheme": ("/components/securitySchemes/token/scheme", "Bearer"),
    "the host of a server": ("/servers/0/url", "https://{env}.SHOP.test:443/"),
    "a link by reference": (
        f"{_POST}/responses/201/links/items", {"operationRef": "#/paths/~1orders~1%7Border%7D~1items~1%7Bitem%7D/get",
                                               "parameters": {"order": "$response.body#/id"}}),
    "explode in the simple style": (f"{_ITEM}/parameters/0/explode", True),
    "media types of a part in another order": (f"{_PART}/contentType", "image/jpeg,image/png"),
    "a header that is the media type": (f"{_PART}/headers", {"Content-Type": {"required": True, "schema": S}}),
    "names of XML where all is JSON": (f"{_SCHEMAS}/Order/xml", {"name": "order"}),
    "twice not": (f"{_SCHEMAS}/Card/properties/number", {"not": {"not": S}}),
    "a number of whole steps": (f"{_ITEM}/parameters/1/schema", {"type": "number", "multipleOf": 1}),
}  # fmt: skip


AB = obj(a=S, b=S)
WHEN_A = {"if": {"required": ["a"]}}

# old, new, level in requests, level in answers
KEYWORDS = {
    "what a property needs beside it is tightened": (
        {**obj(a=S, b=S), "dependentSchemas": {"a": {"required": ["b"]}}},
        {**obj(a=S, b=S), "dependentSchemas": {"a": {"required": ["b"], "properties": {"b": {"maxLength": 2}}}}}, "breaking", "info"),
    "less is denied": ({**S, "not": {"enum": ["a", "b"]}}, {**S, "not": {"enum": ["a"]}}, I, B),
    "more is denied": ({**S, "not": {"enum": ["a"]}}, {**S, "not": {"enum": ["a", "b"]}}, B, I),
    "what follows is tightened": ({**AB, **WHEN_A, "then": {"required": ["b"]}},
                                  {**AB, **WHEN_A, "then": {"required": ["b"], "properties": {"b": {"maxLength": 2}}}}, B, I),
    "what follows is loosened": ({**AB, **WHEN_A, "then": {"required": ["b"]}}, {**AB, **WHEN_A, "then": {"minProperties": 0}}, I, B),
    "another condition": ({**AB, **WHEN_A, "then": {"required": ["b"]}},
                          {**AB, "if": {"required": ["b"]}, "then": {"required": ["a"]}}, B, B),
    "a schema holds beside another property": ({**AB, "dependentSchemas": {"a": {"minProperties": 2}}},
                                               {**AB, "dependentSchemas": {"b": {"minProperties": 2}}}, B, B),
    "a tuple gets an entry": ({"type": "array", "prefixItems": [S], "items": False},
                              {"type": "array", "prefixItems": [S, N], "items": False}, I, B),
    "a tuple loses an entry": ({"type": "array", "prefixItems": [S, N], "items": False},
                               {"type": "array", "prefixItems": [S], "items": False}, B, I),
    "a format becomes a list of its values": ({**S, "format": "date"}, {**S, "enum": ["2020-01-01"]}, B, I),
    "a multiple of whole numbers is split": ({"type": "number", "multipleOf": 1}, {"type": "number", "multipleOf": 0.5}, I, B),
}  # fmt: skip

SAME_SCHEMAS = {
    "a pattern that leaves all in": ({**S, "pattern": ".*"}, S),
    "what is needed beside a property, in a schema": (
        {**obj(a=S, b=S), "dependentSchemas": {"a": {"required": ["b"]}}}, {**obj(a=S, b=S), "dependentRequired": {"a": ["b"]}}),
    "what is left unevaluated, and other items": (
        {"type": "array", "prefixItems": [S], "unevaluatedItems": N}, {"type": "array", "prefixItems": [S], "items": N}),
    "an item of any kind is demanded": ({"type": "array", "contains": True}, {"type": "array", "minItems": 1}),
    "no item of a kind is demanded": ({"type": "array", "contains": N, "minContains": 0}, {"type": "array"}),
    "a condition that always holds": ({**S, "if": True, "then": {"maxLength": 3}}, {**S, "maxLength": 3}),
    "a condition that never holds": ({**S, "if": False, "then": {"maxLength": 3}}, S),
    "a tuple and its number": ({"type": "array", "prefixItems": [S], "items": False}, {"type": "array", "prefixItems": [S], "maxItems": 1}),
    "a pattern of listed values": ({"enum": ["a", "b"], "pattern": "^[ab]$"}, {"enum": ["a", "b"]}),
    "a format of listed values": ({"enum": ["2020-01-01"], "format": "date"}, {"enum": ["2020-01-01"]}),
    "all but null": ({"not": {"type": "null"}}, {"type": ["string", "number", "boolean", "array", "object"]}),
    "nothing": ({"not": {}}, False),
}  # fmt: skip


def edited(pointer, value):
    """The document with one value put in a place, or taken away from it."""
    made = copy.deepcopy(SHOP)
    *tokens, last = [token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:]]
    holder = made
    for token in tokens:
        holder = holder[int(token)] if isinstance(holder, list) else holder[token]
    if value is GONE:
        del holder[last]
    elif isinstance(holder, list):
        holder.insert(len(holder) if last == "-" else int(last), value)
    else:
        holder[last] = value
    return made
