"""Promises about what is remembered and listed, as questions to the service: are they kept?"""

from __future__ import annotations

FULL = {
    "title": "T", "state": "sold", "isbn": "123", "pages": 7, "email": "a@example.com", "note": "N", "weight": 1.5, "tags": ["x"],
}  # fmt: skip
OTHER = {
    "title": "O", "state": "lost", "isbn": "456", "pages": 9, "email": "b@example.com", "note": "M", "weight": 2.5, "tags": ["y"],
}  # fmt: skip


# Memory


def fields_of(book):
    return {name: book.get(name) for name in FULL}


def keeps_what_was_created(library):
    return library.ask("GET", f"/books/{library.make()}").status == 200


def makes_one_thing(library):
    library.make()
    return library.list().json["meta"]["total_results"] == 1


def reads_what_was_written(library):
    book = library.make(**FULL)
    library.ask("PATCH", f"/books/{book}", {"note": "new"})
    return library.read(book)["note"] == "new"


def shows_the_change(library):
    book = library.make(**FULL)
    return library.ask("PATCH", f"/books/{book}", {"note": "new"}).data["note"] == "new" and library.read(book)["note"] == "new"


def reads_the_right_one(library):
    first, second = library.make(**FULL), library.make(**OTHER)
    return all(library.read(book)["id"] == book for book in (first, second))


def reads_whole_things(library):
    first, second = library.make(**FULL), library.make(**OTHER)
    return [fields_of(library.read(book)) for book in (first, second)] == [FULL, OTHER]


def deletes(library):
    book = library.make()
    return library.ask("DELETE", f"/books/{book}").status == 204 and library.ask("GET", f"/books/{book}").status == 404


def stores_every_field(library):
    book = library.make(**FULL)
    library.ask("PATCH", f"/books/{book}", OTHER)
    return fields_of(library.read(book)) == OTHER


def patches_what_it_names(library):
    book = library.make(**FULL)
    library.ask("PATCH", f"/books/{book}", {"note": "new"})
    return fields_of(library.read(book)) == {**FULL, "note": "new"}


def puts_the_whole(library):
    """What a PUT does not name is not what it was."""
    book = library.make(**FULL)
    library.ask("PUT", f"/books/{book}", {"title": "O"})
    return library.read(book).get("email") != FULL["email"]


def puts_the_same_twice(library):
    book = library.make(**FULL)
    shown = []
    for _ in range(2):
        library.ask("PUT", f"/books/{book}", {"title": "O"})
        shown.append(fields_of(library.read(book)))
    return shown[0] == shown[1]


def leaves_neighbours_alone(library):
    first, second = library.make(**FULL), library.make(**OTHER)
    library.ask("PATCH", f"/books/{first}", {"note": "new"})
    return library.read(second)["note"] == OTHER["note"]


def refused_updates_change_nothing(library):
    book = library.make(**FULL)
    refused = library.ask("PATCH", f"/books/{book}", {"note": "new", "pages": 0})
    return refused.status == 422 and library.read(book)["note"] == "N"


def refused_creates_make_nothing(library):
    return library.ask("POST", "/books", {"title": "A", "pages": 0}).status == 422 and library.list().data == []


# Lists


def fill(library, titles="bca"):
    return [library.make(title=title) for title in titles]


def keeps_the_size(library):
    fill(library)
    return len(library.ids(size=1)) == 1


def pages_are_whole(library):
    made = fill(library)
    return library.ids(size=2, number=1) + library.ids(size=2, number=2) == made


def counts(library):
    fill(library)
    totals = {library.list(size=2, number=number).json["meta"]["total_results"] for number in (1, 2)}
    return totals == {3}


def ends(library):
    fill(library)
    meta = library.list(size=2, number=2).json["meta"]
    return library.ids(size=2, number=3) == [] and meta["page_number"] == meta["total_pages"]


def filters(library):
    fill(library)
    return [book["title"] for book in library.list(title="c").data] == ["c"]


def sorts(library):
    fill(library)
    shown = [[book["title"] for book in library.list(sort=sort).data] for sort in ("title", "-title")]
    return shown == [["a", "b", "c"], ["c", "b", "a"]]


def lists_what_was_made(library):
    return fill(library) == library.ids()


def lists_what_was_written(library):
    book = library.make(note="old")
    library.ask("PATCH", f"/books/{book}", {"note": "new"})
    return [book["note"] for book in library.list().data] == ["new"]


def lists_nothing_deleted(library):
    first, second = library.make(), library.make()
    library.ask("DELETE", f"/books/{first}")
    return library.ids() == [second]
