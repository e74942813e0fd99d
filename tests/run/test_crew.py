"""Those who carry out the units of a run: what is found does not depend on how many they are."""

import pytest

from conformance.run import pulse
from conformance.run.crew import Crew
from conformance.run.plan import PHASES, units
from conformance.run.setting import Setting, settle
from conformance.sandbox.faults.ground import Ground
from conformance.sandbox.faults.misconduct import misconduct
from conformance.sandbox.layout import Layout
from conformance.sandbox.responder import Sandbox
from conformance.serve.server import serve_in_background

NOUNS = ("cats", "dogs", "emus", "fish")
THING = {"type": "object", "required": ["id", "name"], "properties": {
    "id": {"type": "string", "readOnly": True}, "name": {"type": "string", "maxLength": 20}, "age": {"type": "integer", "minimum": 0},
}}  # fmt: skip


def content(schema):
    return {"content": {"application/json": {"schema": schema}}}


def paths(noun):
    one = {"200": {"description": "one", **content(THING)}, "404": {"description": "gone"}}
    sent = {"required": True, **content({**THING, "required": ["name"]})}
    named = [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]
    return {
        f"/{noun}": {
            "post": {"requestBody": sent, "responses": {"201": one["200"], "422": {"description": "wrong"}}},
            "get": {"responses": {"200": {"description": "all", **content({"type": "array", "items": THING})}}},
        },
        f"/{noun}/{{id}}": {
            "get": {"parameters": named, "responses": one},
            "delete": {"parameters": named, "responses": {"204": {"description": "done"}, "404": {"description": "gone"}}},
        },
    }


@pytest.fixture
def document(make_document):
    return make_document({path: item for noun in NOUNS for path, item in paths(noun).items()}, servers=[{"url": "/"}])


def found(document, workers):
    """The fingerprints of the findings, and what was covered, at a service with defects."""
    pulse.share(pulse.fresh())
    faults = ("response-field-missing@GET /cats/{id}", "input-missing-accepted@POST /emus", "state-create-lost@POST /fish")
    conduct = misconduct(faults, Ground(Layout(document)), seed=1)
    with serve_in_background(Sandbox(document, seed=1, conduct=conduct), origin=True) as url:
        setting = Setting(spec=document.source.uri, base_url=url)
        settle(setting, document)
        phases = dict.fromkeys(document.by_label, ("lifecycle", "coverage"))
        planned = units(document.operations, phases, order=PHASES, seed=1, max_examples=1)
        crew = Crew(planned, setting, document, workers=workers)
        results = [crew.result(unit.labels[0]) for unit in planned]
        crew.close()
    return {print_ for result in results for print_ in result.findings}, [result.coverage for result in results]


def test_findings_do_not_depend_on_the_number_of_workers(document):
    prints, coverage = found(document, 1)
    assert len(prints) >= 3
    assert found(document, 4) == (prints, coverage)
