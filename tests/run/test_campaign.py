"""A campaign: limits over all stages, one reading of the document, and an end in order."""

import pytest

from conformance.cases.generated import PHASES
from conformance.errors import UsageError
from conformance.run.campaign import DOCUMENT, Campaign
from conformance.run.folder import clear_results
from conformance.run.options import Options
from conformance.spec.document import Document

ITEM = {"responses": {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}}


@pytest.fixture
def campaign(make_document, tmp_path):
    document = make_document({"/a": {"get": ITEM}, "/b": {"get": ITEM}, "/c/{id}": {"get": ITEM}})

    def make(**options):
        made = Campaign(Options(spec=document.source.uri, out=tmp_path / "out", workers=1, **options))
        made.start()
        made.plan_fuzz(dict.fromkeys(made.labels, PHASES))
        return made

    return make


def test_the_document_is_read_once_however_often_it_changes(campaign, tmp_path):
    run = campaign(stages=("fuzz",))
    path = next(tmp_path.glob("*.json"))
    path.write_text("not a document any more")
    tally, findings = run.fuzz("GET /a", "coverage")
    assert tally.requests > 0
    assert not findings


def test_a_new_campaign_reads_anew(campaign, tmp_path):
    campaign()
    path = next(tmp_path.glob("*.json"))
    path.write_text(path.read_text().replace('"/b"', '"/other"'))
    assert "GET /other" in Campaign(Options(spec=str(path))).labels
    assert "GET /other" in Document.load(path).by_label


def test_lint_names_the_document_and_its_operations(campaign):
    run = campaign(stages=("lint",))
    assert run.lint("GET /c/{id}")
    assert {found.stage for found in run.lint(DOCUMENT)} <= {"lint"}


def test_lint_asks_the_rules_that_the_project_has_settled_on(campaign, tmp_path):
    told = {found.id for label in ("GET /c/{id}", DOCUMENT) for found in campaign(stages=("lint",)).lint(label)}
    rule = min(told)
    settings = tmp_path / "conformance.toml"
    settings.write_text(f'[lint]\noff = ["{rule}"]\n')
    left = campaign(stages=("lint",), config=settings)
    assert {found.id for label in ("GET /c/{id}", DOCUMENT) for found in left.lint(label)} == told - {rule}


def test_a_broken_operation_is_no_request(campaign):
    run = campaign(stages=("fuzz",))
    tally, findings = run.fuzz("GET /c/{id}", "fuzzing")
    assert (tally.requests, findings) == (0, ())


def test_the_limit_is_over_all_units(campaign):
    run = campaign(stages=("fuzz",), max_requests=6)
    for label in ("GET /a", "GET /b"):
        for phase in PHASES:
            run.fuzz(label, phase)
    assert 0 < run.requests <= 6


def test_a_stopped_campaign_keeps_what_it_found_and_sends_no_more(campaign):
    run = campaign(stages=("fuzz",))
    run.fuzz("GET /a", "coverage")
    before = run.requests
    run.stop()
    with pytest.raises(KeyboardInterrupt):
        run.fuzz("GET /b", "coverage")
    assert run.requests == before
    run.close()


def test_a_replay_of_nothing_is_a_mistake(campaign):
    with pytest.raises(UsageError, match="there are no recordings"):
        campaign(stages=("replay",))


def test_the_results_of_an_earlier_run_go_and_what_others_put_beside_them_stays(tmp_path):
    for name in ("1-result.json", "2-container.json", "3-attachment.txt", "environment.properties", "categories.json"):
        (tmp_path / name).write_text("")
    (tmp_path / "history").mkdir()
    clear_results(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"environment.properties", "categories.json", "history"}
