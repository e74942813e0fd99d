"""Each fault's promise as a question to the service: is it kept?"""

from __future__ import annotations

from sandbox.faults import stories
from sandbox.faults.stories import FULL

USERS = {"t": "ann", "u": "ben"}


# Answers


def answers(library):
    """A create, a list, a read and an update, all as they should be asked."""
    made = library.ask("POST", "/books", FULL)
    try:
        book = made.data["id"]
    except (ValueError, LookupError, TypeError):
        book = library.sandbox.snapshot()[""][0]["records"][-1]["key"]
    yield "POST /books", made
    yield "GET /books", library.list()
    yield "GET /books/{id}", library.ask("GET", f"/books/{book}")
    yield "PATCH /books/{id}", library.ask("PATCH", f"/books/{book}", {"note": "new"})


def shows_what_is_documented(library):
    return all(library.is_right(label, answer) for label, answer in answers(library))


def shows_nothing_undocumented(library):
    return "undocumented" not in str([answer.plain.body for _, answer in answers(library)])


def has_whole_items(library):
    library.make()
    library.make()
    return library.is_right("GET /books", library.list())


def errors_are_errors(library):
    return library.ask("GET", "/books/none").status == 404


def errors_have_their_shape(library):
    answer = library.ask("GET", "/books/none")
    return answer.status == 404 and library.is_right("GET /books/{id}", answer)


# Input


def refuses(body=None, **query):
    def kept(library):
        if query:
            return library.ask("GET", "/books", query=query).status == 422
        before = library.list().json["meta"]["total_results"]
        refused = library.ask("POST", "/books", body).status in {400, 415, 422}
        return refused and library.list().json["meta"]["total_results"] == before

    return kept


def refuses_other_types(library):
    return library.ask("POST", "/books", b"<book/>", kind="application/xml").status == 415


def accepts_everything_allowed(library):
    made = [library.ask("POST", "/books", {"title": "T", name: value}) for name, value in FULL.items()]
    return {library.list(number=1, size=5, title="T", sort="title").status, *(answer.status for answer in made)} == {200, 201}


# Crashes


def survives(**fields):
    return lambda library: library.ask("POST", "/books", {"title": "A", **fields}).status in {201, 422}


def survives_everywhere(text):
    def kept(library):
        answers = [
            library.ask("POST", "/books", {"title": "A", "note": text}),
            library.list(title=text),
        ]
        return all(answer.status < 500 for answer in answers)

    return kept


def survives_without_options(library):
    return library.ask("POST", "/books", {"title": "A"}).status == 201


def survives_anything(library):
    return all(library.list().status == 200 for _ in range(30))


# Access


def asks_for_credentials(library):
    asked = [library.ask("GET", "/books", token=None), library.ask("POST", "/books", FULL, token=None)]
    book = library.make()
    asked += [library.ask(method, f"/books/{book}", None if method == "DELETE" else FULL, token=None)
              for method in ("PUT", "PATCH", "DELETE")]  # fmt: skip
    return {answer.status for answer in asked} == {401}


def asks_for_true_credentials(library):
    return library.ask("GET", "/books", token="made-up").status == 401


def hides_what_is_others(library):
    return library.ask("GET", f"/books/{library.make()}", token="u").status == 404


def lists_what_is_own(library):
    library.make()
    return library.ask("GET", "/books", token="u").data == []


# HTTP


def refuses_other_methods(library):
    answer = library.ask("TRACE", "/books")
    allowed = (answer.header("allow") or "").split(", ")
    return answer.status == 405 and {"GET", "POST"} <= set(allowed) and "TRACE" not in allowed


def challenges(library):
    answer = library.ask("GET", "/books", token=None)
    return answer.status == 401 and answer.header("www-authenticate") is not None


def leads_to_what_was_made(library):
    answer = library.ask("POST", "/books", FULL)
    path = (answer.header("location") or "").partition("/v1")[2]
    return library.ask("GET", path).status == 200


def limits_with_an_hour(library):
    limited = [answer for answer in (library.list() for _ in range(30)) if answer.status == 429]
    return all(answer.header("retry-after") is not None for answer in limited)


def answers_at_all(library):
    return library.list().kind is None


def answers_soon(library):
    return library.list().elapsed < 1


KEPT = {
    **dict.fromkeys(
        ("response-body-missing", "response-content-type-missing", "response-content-type-wrong", "response-field-bad-enum",
         "response-field-bad-format", "response-field-forbidden", "response-field-missing", "response-field-null",
         "response-field-out-of-bounds", "response-field-wrong-type", "response-header-missing", "response-header-wrong",
         "response-json-invalid", "response-json-truncated", "response-status-undocumented"), shows_what_is_documented),
    "response-error-as-success": errors_are_errors,
    "response-error-shape": errors_have_their_shape,
    "response-field-missing-in-one": has_whole_items,
    "response-field-undocumented": shows_nothing_undocumented,
    "input-bad-enum-accepted": refuses({"title": "A", "state": "burnt"}),
    "input-bad-format-accepted": refuses({"title": "A", "email": "nobody"}),
    "input-bad-pattern-accepted": refuses({"title": "A", "isbn": "abc"}),
    "input-malformed-accepted": refuses(b'{"title": '),
    "input-media-type-accepted": refuses_other_types,
    "input-missing-accepted": refuses({"note": "N"}),
    "input-null-accepted": refuses({"title": "A", "note": None}),
    "input-optional-refused": accepts_everything_allowed,
    "input-out-of-range-accepted": refuses(**{"page[size]": 0}),
    "input-too-long-accepted": refuses({"title": "A" * 41}),
    "input-too-short-accepted": refuses({"title": ""}),
    "input-unknown-accepted": refuses({"title": "A", "colour": "red"}),
    "input-valid-refused": accepts_everything_allowed,
    "input-wrong-type-accepted": refuses({"title": "A", "note": 7}),
    "crash-control-character": survives_everywhere("a\x00b"),
    "crash-empty": survives(note=""),
    "crash-huge": survives(weight=2**40),
    "crash-intermittent": survives_anything,
    "crash-long-string": survives_everywhere("x" * 300),
    "crash-negative": survives(weight=-1),
    "crash-null": survives(note=None),
    "crash-optional-absent": survives_without_options,
    "crash-quote": survives_everywhere("it's"),
    "crash-unicode": survives_everywhere("日本"),
    "crash-unknown-id": errors_are_errors,
    "crash-zero": survives(weight=0),
    "auth-any-token": asks_for_true_credentials,
    "auth-not-required": asks_for_credentials,
    "auth-one-verb-open": asks_for_credentials,
    "auth-others-listed": lists_what_is_own,
    "auth-others-object": hides_what_is_others,
    "state-create-doubled": stories.makes_one_thing,
    "state-create-lost": stories.keeps_what_was_created,
    "state-delete-ignored": stories.deletes,
    "state-field-ignored": stories.stores_every_field,
    "state-patch-ignored": stories.shows_the_change,
    "state-patch-resets-others": stories.patches_what_it_names,
    "state-put-merges": stories.puts_the_whole,
    "state-put-unstable": stories.puts_the_same_twice,
    "state-read-mixed": stories.reads_whole_things,
    "state-read-stale": stories.reads_what_was_written,
    "state-read-wrong": stories.reads_the_right_one,
    "state-refused-create-kept": stories.refused_creates_make_nothing,
    "state-refused-update-kept": stories.refused_updates_change_nothing,
    "state-update-lost": stories.shows_the_change,
    "state-write-leaks": stories.leaves_neighbours_alone,
    "list-deleted-shown": stories.lists_nothing_deleted,
    "list-endless": stories.ends,
    "list-filter-ignored": stories.filters,
    "list-newest-missing": stories.lists_what_was_made,
    "list-page-ignored": stories.pages_are_whole,
    "list-pages-gap": stories.pages_are_whole,
    "list-pages-overlap": stories.pages_are_whole,
    "list-size-ignored": stories.keeps_the_size,
    "list-sort-ignored": stories.sorts,
    "list-sort-reversed": stories.sorts,
    "list-stale": stories.lists_what_was_written,
    "list-total-wrong": stories.counts,
    "protocol-allow-missing": refuses_other_methods,
    "protocol-allow-wrong": refuses_other_methods,
    "protocol-body-short": answers_at_all,
    "protocol-challenge-missing": challenges,
    "protocol-location-wrong": leads_to_what_was_made,
    "protocol-method-accepted": refuses_other_methods,
    "protocol-reset": answers_at_all,
    "protocol-retry-after-missing": limits_with_an_hour,
    "protocol-slow": answers_soon,
}  # fmt: skip
