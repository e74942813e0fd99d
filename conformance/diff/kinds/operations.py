"""Classes of change of operations, messages, parameters, security and the document itself."""

from __future__ import annotations

from conformance.diff.change import Level
from conformance.diff.kind import B, Example, I, Kind, W


def _row(
    name: str, area: str, summary: str, why: str, request: Level | None, response: Level | None, sdk: Level | tuple[Level, Level],
    place: str, old: str, new: str, *, naming: bool = False,
) -> Kind:  # fmt: skip
    both = sdk if isinstance(sdk, tuple) else (sdk, sdk)
    return Kind(
        id=name, area=area, summary=summary, why=why, request=request, response=response, sdk_request=both[0],
        sdk_response=both[1], naming=naming, example=Example(place=place, old=old, new=new),
    )  # fmt: skip


_OK = "responses: {200: {description: ok}}"
_GET = "{get: {operationId: one, " + _OK + "}}"
_P = "parameters: [{name: q, in: query, schema: {type: string}}]"
_Q = "{name: q, in: query"
_TWO = "parameters: [{name: q, in: query, schema: {type: string}}, {name: r, in: query, schema: {type: string}}]"
_TWO_NEEDED = _TWO.replace("r, in: query", "r, in: query, required: true")
_LIST = "schema: {type: array, items: {type: string}}"
_BODY = "requestBody: {content: {application/json: {schema: {type: object}}}}"
_BODY_NEEDED = "requestBody: {required: true, content: {application/json: {schema: {type: object}}}}"
_JSON = "application/json: {schema: {type: object}}"
_TEXT = "text/plain: {schema: {type: string}}"
_HOOK = "webhooks: {sent: {post: {" + _OK + "}}}"
_CALL = "callbacks: {sent: {'{$request.query.url}': {post: {" + _OK + "}}}}"


def _content(*held: str) -> str:
    return "{description: ok, content: {" + ", ".join(held) + "}}"


def _part(types: str) -> str:
    part = "encoding: {a: {contentType: '" + types + "'}}"
    return "requestBody: {content: {multipart/form-data: {schema: {type: object}, " + part + "}}}"


def _headers(held: str) -> str:
    return "responses: {200: {description: ok, headers: {" + held + "}}}"


def _flows(held: str) -> str:
    return "components: {securitySchemes: {flow: {type: oauth2, flows: {" + held + "}}}}\nsecurity: [{flow: [read]}]"


_WITH_KEY = "security: [{key: []}]"
OPERATIONS = (
    _row("operation-added", "operations", "an operation was added", "Nobody calls it yet.", I, I, I, "paths",
         "{/a: " + _GET + "}", "{/a: " + _GET + ", /b: " + _GET.replace("one", "two") + "}"),
    _row("operation-removed", "operations", "an operation was removed", "Calls of it fail.", B, B, B, "paths",
         "{/a: " + _GET + ", /b: " + _GET.replace("one", "two") + "}", "{/a: " + _GET + "}"),
    _row("operation-moved", "operations", "an operation is at another path or method",
         "Calls of the old place fail; a generated SDK hides the move behind the same name.", B, B, I, "paths",
         "{/a: " + _GET + "}", "{/b: " + _GET + "}"),
    _row("operation-id-changed", "operations", "the operationId changed", "Generated methods are named after it.", I, I, B,
         "operation", "operationId: listPets", "operationId: getPets", naming=True),
    _row("operation-id-added", "operations", "an operationId was added", "Generated methods are named after it.", I, I, B,
         "operation", "operationId: null", "operationId: getPets", naming=True),
    _row("operation-id-removed", "operations", "the operationId was removed", "Generated methods are named after it.", I, I, B,
         "operation", "operationId: listPets", "operationId: null", naming=True),
    _row("case-twin-added", "operations", "a name was added that differs from another one by case alone",
         "Generated names of the two collide.", I, I, B, "paths", "{/a: " + _GET + "}",
         "{/a: " + _GET + ", /b: " + _GET.replace("one", "One") + "}", naming=True),
    _row("group-changed", "operations", "the first tag changed", "Generated clients group methods by it.", I, I, B,
         "operation", "tags: [pets]", "tags: [animals]", naming=True),
    _row("tag-added", "operations", "a tag was added", "Documentation lists the operation once more.", I, I, I,
         "operation", "tags: [pets]", "tags: [pets, animals]", naming=True),
    _row("tag-removed", "operations", "a tag was removed", "Documentation lists the operation once less.", I, I, I,
         "operation", "tags: [pets, animals]", "tags: [pets]", naming=True),
    _row("operation-deprecated", "operations", "the operation was deprecated", "It works, and is going to be removed.", I, I, I,
         "operation", "deprecated: false", "deprecated: true"),
    _row("operation-reactivated", "operations", "the operation is deprecated no more", "It is here to stay.", I, I, I,
         "operation", "deprecated: true", "deprecated: false"),
    _row("sunset-added", "operations", "the end of the operation was announced", "Clients have until then.", I, I, I,
         "operation", "deprecated: true", "{deprecated: true, x-sunset: '2030-01-01'}"),
    _row("sunset-earlier", "operations", "the end of the operation is earlier", "Clients have less time than they were told.",
         W, W, I, "operation", "{deprecated: true, x-sunset: '2030-01-01'}", "{deprecated: true, x-sunset: '2029-01-01'}"),
    _row("sunset-later", "operations", "the end of the operation is later", "Clients have more time.", I, I, I,
         "operation", "{deprecated: true, x-sunset: '2029-01-01'}", "{deprecated: true, x-sunset: '2030-01-01'}"),
    _row("sunset-removed", "operations", "the end of the operation is announced no more",
         "Nobody says any more how long a deprecated operation works.", W, W, I,
         "operation", "{deprecated: true, x-sunset: '2029-01-01'}", "deprecated: true"),
    _row("webhook-added", "operations", "a webhook was added", "Clients get it when they ask for it.", I, I, I, "document",
         "{}", _HOOK),
    _row("webhook-removed", "operations", "a webhook was removed", "Clients wait for what does not come.", B, B, B, "document",
         _HOOK, "{}"),
    _row("callback-added", "operations", "a callback was added", "Clients get calls that they do not know.", I, I, I,
         "operation", "{}", _CALL),
    _row("callback-removed", "operations", "a callback was removed", "Clients wait for what does not come.", B, B, B,
         "operation", _CALL, "{}"),
)  # fmt: skip

PARAMETERS = (
    _row("parameter-added", "parameters", "a parameter was added that may be left out", "Nobody has to send it.", I, I, I,
         "operation", _P, _TWO),
    _row("required-parameter-added", "parameters", "a parameter was added that must be sent", "Requests without it are refused.",
         B, I, (B, I), "operation", _P, _TWO_NEEDED),
    _row("parameter-removed", "parameters", "a parameter was removed", "Who sends it is not heard any more, or refused.",
         W, B, B, "operation", _TWO, _P),
    _row("parameter-moved", "parameters", "a parameter is sent elsewhere", "It is looked for where clients do not send it.",
         B, B, I, "operation", _P, _P.replace("query", "header")),
    _row("parameter-became-required", "parameters", "a parameter has to be sent now", "Requests without it are refused.", B, I,
         (B, I), "operation", _TWO, _TWO_NEEDED),
    _row("parameter-became-optional", "parameters", "a parameter may be left out now", "Who reads it may find it missing.", I, B,
         (I, B), "operation", _TWO_NEEDED, _TWO),
    _row("path-parameter-renamed", "parameters", "a path parameter is called otherwise",
         "The path on the wire is the same; generated arguments are named after it.", I, I, B, "paths",
         "{'/a/{id}': {get: {" + _OK + ", parameters: [{name: id, in: path, required: true, schema: {type: string}}]}}}",
         "{'/a/{key}': {get: {" + _OK + ", parameters: [{name: key, in: path, required: true, schema: {type: string}}]}}}"),
    _row("parameter-style-changed", "parameters", "a parameter is written in another style", "The same value reads otherwise.",
         B, B, I, "operation", "parameters: [" + _Q + ", " + _LIST + "}]",
         "parameters: [" + _Q + ", style: pipeDelimited, explode: false, " + _LIST + "}]"),
    _row("parameter-explode-changed", "parameters", "lists or objects are written otherwise", "The same value reads otherwise.",
         B, B, I, "operation", "parameters: [" + _Q + ", " + _LIST + "}]",
         "parameters: [" + _Q + ", explode: false, " + _LIST + "}]"),
    _row("reserved-refused", "parameters", "reserved characters must be encoded now", "What was sent as it is reads otherwise.",
         B, I, I, "operation", "parameters: [" + _Q + ", allowReserved: true, schema: {type: string}}]", _P),
    _row("reserved-allowed", "parameters", "reserved characters may be sent as they are now", "Encoded ones are still read.",
         I, W, I, "operation", _P, "parameters: [" + _Q + ", allowReserved: true, schema: {type: string}}]"),
    _row("empty-refused", "parameters", "a parameter must have a value now", "Requests with an empty one may be refused.",
         B, I, I, "operation", "parameters: [" + _Q + ", allowEmptyValue: true, schema: {type: string}}]", _P),
    _row("empty-allowed", "parameters", "a parameter may be empty now", "Nobody has to do so.", I, W, I,
         "operation", _P, "parameters: [" + _Q + ", allowEmptyValue: true, schema: {type: string}}]"),
    _row("parameter-media-type-changed", "parameters", "a parameter is written as another media type",
         "The same value reads otherwise.", B, B, I, "operation", _P,
         "parameters: [" + _Q + ", content: {application/json: {schema: {type: string}}}}]"),
    _row("parameter-order-changed", "parameters", "parameters come in another order (with --names)",
         "Generated methods may take them by position.", I, I, B, "operation", _TWO,
         "parameters: [{name: r, in: query, schema: {type: string}}, {name: q, in: query, schema: {type: string}}]", naming=True),
    _row("parameter-deprecated", "parameters", "a parameter was deprecated", "It works, and is going to be removed.", I, I, I,
         "operation", _P, "parameters: [" + _Q + ", deprecated: true, schema: {type: string}}]"),
    _row("parameter-reactivated", "parameters", "a parameter is deprecated no more", "It is here to stay.", I, I, I,
         "operation", "parameters: [" + _Q + ", deprecated: true, schema: {type: string}}]", _P),
)  # fmt: skip

MESSAGES = (
    _row("request-body-added", "messages", "a body can be sent now", "Nobody has to send one.", I, I, I, "operation",
         "{}", _BODY),
    _row("required-request-body-added", "messages", "a body has to be sent now", "Requests without one are refused.", B, I,
         B, "operation", "{}", _BODY_NEEDED),
    _row("request-body-removed", "messages", "no body is taken any more", "What clients send is not heard, or refused.", B, B, B,
         "operation", _BODY, "{}"),
    _row("request-body-became-required", "messages", "the body has to be sent now", "Requests without one are refused.", B, I,
         (B, I), "operation", _BODY, _BODY_NEEDED),
    _row("request-body-became-optional", "messages", "the body may be left out now", "Who reads it may find it missing.", I, B,
         (I, W), "operation", _BODY_NEEDED, _BODY),
    _row("media-type-added", "messages", "a media type was added", "Clients ask for the one that they know.", I, I, I,
         "operation", "responses: {200: " + _content(_JSON) + "}", "responses: {200: " + _content(_JSON, _TEXT) + "}"),
    _row("media-type-removed", "messages", "a media type was removed", "Who sends or reads that one fails.", B, B, B,
         "operation", "responses: {200: " + _content(_JSON, _TEXT) + "}", "responses: {200: " + _content(_JSON) + "}"),
    _row("media-type-narrowed", "messages", "a range of media types became one of them", "Who sends another one is refused.",
         B, I, I, "operation", "responses: {200: " + _content("'*/*': {schema: {type: object}}") + "}",
         "responses: {200: " + _content(_JSON) + "}"),
    _row("media-type-widened", "messages", "a media type became a range", "Readers may get one that they cannot read.", I, W, W,
         "operation", "responses: {200: " + _content(_JSON) + "}",
         "responses: {200: " + _content("'*/*': {schema: {type: object}}") + "}"),
    _row("encoding-changed", "messages", "a part of a form is written otherwise", "The same value reads otherwise.", B, B, I,
         "operation", "requestBody: {content: {multipart/form-data: {schema: {type: object}}}}",
         "requestBody: {content: {multipart/form-data: {schema: {type: object}, encoding: {a: {contentType: text/csv}}}}}"),
    _row("encoding-narrowed", "messages", "a part of a form takes fewer media types, or needs a header",
         "Who sends another one is refused.", B, I, I, "operation", _part("image/png, image/jpeg"), _part("image/png")),
    _row("encoding-widened", "messages", "a part of a form takes more media types, or needs a header no more",
         "Readers may get one that they cannot read.", I, W, I, "operation", _part("image/png"), _part("image/png, image/jpeg")),
    _row("content-removed", "messages", "an answer has no body any more", "Who reads it finds nothing.", I, B, B, "operation",
         "responses: {200: " + _content(_JSON) + "}", _OK),
    _row("content-added", "messages", "an answer has a body now", "Nobody has to read it.", B, I, W, "operation",
         _OK, "responses: {200: " + _content(_JSON) + "}"),
    _row("success-status-removed", "messages", "an answer that said success was removed",
         "Clients look for a status that does not come.", B, B, B, "operation",
         "responses: {200: {description: ok}, 201: {description: ok}}", _OK),
    _row("success-status-added", "messages", "another answer says success", "Clients may have no case for it.", I, W, W,
         "operation", _OK, "responses: {200: {description: ok}, 201: {description: ok}}"),
    _row("error-status-removed", "messages", "an answer that said error was removed", "It does not come any more.", I, I, W,
         "operation", "responses: {200: {description: ok}, 404: {description: no}}", _OK),
    _row("error-status-added", "messages", "another answer says error", "Clients have to expect errors that are not listed.",
         I, I, I, "operation", _OK, "responses: {200: {description: ok}, 404: {description: no}}"),
    _row("status-range-narrowed", "messages", "a range of answers became some of them", "The others do not come any more.",
         B, I, W, "operation", "responses: {2XX: {description: ok}}", _OK),
    _row("header-added", "messages", "a header of an answer was added", "Nobody has to read it.", I, I, I, "operation",
         _OK, _headers("X-A: {schema: {type: string}}")),
    _row("required-header-added", "messages", "a header of an answer was added that is always there", "Nobody has to read it.",
         B, I, I, "operation", _OK, _headers("X-A: {required: true, schema: {type: string}}")),
    _row("header-removed", "messages", "a header of an answer was removed that could be missing",
         "Who reads it finds it missing.", W, W, W, "operation", _headers("X-A: {schema: {type: string}}"), _OK),
    _row("required-header-removed", "messages", "a header of an answer was removed that was always there",
         "Who reads it finds it missing.", W, B, B, "operation", _headers("X-A: {required: true, schema: {type: string}}"), _OK),
    _row("header-became-required", "messages", "a header is always there now", "Who sends it has to send it.", B, I, I,
         "operation", _headers("X-A: {schema: {type: string}}"), _headers("X-A: {required: true, schema: {type: string}}")),
    _row("header-became-optional", "messages", "a header may be missing now", "Who reads it may find it missing.", I, B, W,
         "operation", _headers("X-A: {required: true, schema: {type: string}}"), _headers("X-A: {schema: {type: string}}")),
    _row("link-removed", "messages", "a link was removed", "Who follows it finds it missing.", I, I, W, "operation",
         "responses: {200: {description: ok, links: {a: {operationId: listPets}}}}", _OK),
    _row("link-changed", "messages", "a link leads elsewhere, or takes its values from elsewhere",
         "Who follows it as before arrives elsewhere.", I, W, W, "operation",
         "responses: {200: {description: ok, links: {a: {operationId: listPets, parameters: {q: $response.body#/a}}}}}",
         "responses: {200: {description: ok, links: {a: {operationId: listPets, parameters: {q: $response.body#/b}}}}}"),
    _row("link-added", "messages", "a link was added", "Nobody has to follow it.", I, I, I, "operation",
         _OK, "responses: {200: {description: ok, links: {a: {operationId: listPets}}}}"),
)  # fmt: skip

ACCESS = (
    _row("security-added", "access", "credentials are demanded where none were", "Requests without them are refused.", B, B, B,
         "operation", "{}", _WITH_KEY),
    _row("security-removed", "access", "no credentials are demanded any more", "Those that are sent are not looked at.", I, I, I,
         "operation", _WITH_KEY, "security: []"),
    _row("security-alternative-added", "access", "other credentials are taken too", "Those that are sent are still taken.",
         I, I, I, "operation", _WITH_KEY, "security: [{key: []}, {token: []}]"),
    _row("optional-security-removed", "access", "credentials that may be sent are not looked at any more",
         "Who sends them is nobody now, or refused.", W, W, I, "operation", "security: [{}, {key: []}]", "security: [{}]"),
    _row("security-alternative-removed", "access", "credentials are taken no more", "Requests with them are refused.", B, B, B,
         "operation", "security: [{key: []}, {token: []}]", _WITH_KEY),
    _row("security-changed", "access", "other credentials are demanded", "Requests with the old ones are refused.", B, B, B,
         "operation", _WITH_KEY, "security: [{token: []}]"),
    _row("scope-added", "access", "a scope is demanded", "Tokens without it are refused.", B, B, I, "operation",
         "security: [{flow: [read]}]", "security: [{flow: [read, write]}]"),
    _row("scope-removed", "access", "a scope is demanded no more", "Tokens that have it are still taken.", I, I, I, "operation",
         "security: [{flow: [read, write]}]", "security: [{flow: [read]}]"),
    _row("security-url-changed", "access", "tokens are given out elsewhere", "Clients ask at an address that may be gone.",
         W, W, I, "document",
         "components: {securitySchemes: {flow: {type: openIdConnect, openIdConnectUrl: /a}}}\nsecurity: [{flow: []}]",
         "components: {securitySchemes: {flow: {type: openIdConnect, openIdConnectUrl: /b}}}\nsecurity: [{flow: []}]"),
    _row("security-flow-added", "access", "tokens can be got in another way too", "The known way still works.", I, I, I,
         "document",
         _flows("one: {tokenUrl: /a, scopes: {}}"), _flows("one: {tokenUrl: /a, scopes: {}}, two: {tokenUrl: /a, scopes: {}}")),
    _row("security-flow-removed", "access", "a way to get tokens was removed", "Who asks for tokens in that way fails.", B, B, B,
         "document", _flows("one: {tokenUrl: /a, scopes: {}}, two: {tokenUrl: /a, scopes: {}}"),
         _flows("one: {tokenUrl: /a, scopes: {}}")),
    _row("scope-withdrawn", "access", "a scope that is demanded can be asked for no more",
         "Who asks for it may be refused; tokens that have it may still be taken.", W, W, I, "document",
         _flows("one: {tokenUrl: /a, scopes: {read: r}}"), _flows("one: {tokenUrl: /a, scopes: {}}")),
    _row("server-added", "access", "a server was added", "The ones that are used are still there.", I, I, I, "document",
         "servers: [{url: 'https://a.test/v1'}]", "servers: [{url: 'https://a.test/v1'}, {url: 'https://b.test/v1'}]"),
    _row("server-removed", "access", "a server was removed", "Calls of it fail.", B, B, W, "document",
         "servers: [{url: 'https://a.test/v1'}, {url: 'https://b.test/v1'}]", "servers: [{url: 'https://a.test/v1'}]"),
    _row("server-changed", "access", "the server or its base path became another one", "Calls of the old one fail.", B, B, W,
         "document", "servers: [{url: 'https://a.test/v1'}]", "servers: [{url: 'https://a.test/v2'}]"),
    _row("server-order-changed", "access", "another server is the first one (with --names)",
         "Generated clients call the first one.", I, I, W, "document",
         "servers: [{url: 'https://a.test'}, {url: 'https://b.test'}]",
         "servers: [{url: 'https://b.test'}, {url: 'https://a.test'}]", naming=True),
    _row("server-default-changed", "access", "a variable of the server has another default",
         "Who does not fill it in calls another place.", W, W, W, "document",
         "servers: [{url: 'https://{place}.test', variables: {place: {default: a, enum: [a, b]}}}]",
         "servers: [{url: 'https://{place}.test', variables: {place: {default: b, enum: [a, b]}}}]"),
    _row("base-path-moved", "access", "a part of the path moved between servers and paths",
         "The addresses on the wire are the same; generated clients are put together otherwise.", I, I, W, "document",
         "servers: [{url: 'https://a.test/v1'}]\npaths: {/a: " + _GET + "}",
         "servers: [{url: 'https://a.test'}]\npaths: {/v1/a: " + _GET + "}", naming=True),
    _row("schema-renamed", "document", "a schema is called otherwise (with --names)", "Generated models are named after it.",
         I, I, B, "document",
         "components: {schemas: {A: {type: string}}}\npaths: {/a: {get: {responses: {200: "
         "{description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/A'}}}}}}}}",
         "components: {schemas: {B: {type: string}}}\npaths: {/a: {get: {responses: {200: "
         "{description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/B'}}}}}}}}", naming=True),
    _row("version-not-raised", "document", "what breaks clients came without a higher version",
         "Who looks at the version alone takes the document for the same.", W, W, W, "paths",
         "{/a: " + _GET + "}", "{/b: " + _GET.replace("one", "two") + "}", naming=True),
    _row("version-lowered", "document", "the version is lower than before", "Who compares versions takes it for an old one.",
         W, W, W, "document", "info: {title: t, version: '2.0'}", "info: {title: t, version: '1.0'}", naming=True),
)  # fmt: skip

KINDS = (*OPERATIONS, *PARAMETERS, *MESSAGES, *ACCESS)
