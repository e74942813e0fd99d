"""What is kept of messages that come again."""

from conformance.spec.lately import Lately


def test_what_was_put_is_there_under_an_equal_key():
    held = Lately(most=100, largest=50)
    held.put((b"a", 1), "found", size=10)
    assert held.get((b"a", 1)) == "found"
    assert held.get((b"a", 2)) is None


def test_what_was_not_asked_for_the_longest_goes_first():
    held = Lately(most=30, largest=30)
    for name in ("a", "b", "c"):
        held.put(name, name, size=10)
    assert held.get("a") == "a"
    held.put("d", "d", size=10)
    assert [held.get(name) for name in ("a", "b", "c", "d")] == ["a", None, "c", "d"]


def test_what_is_too_large_is_not_kept_and_takes_no_room():
    held = Lately(most=30, largest=20)
    held.put("small", 1, size=10)
    held.put("large", 2, size=21)
    assert (held.get("small"), held.get("large")) == (1, None)


def test_a_key_that_is_put_again_is_counted_once():
    held = Lately(most=30, largest=30)
    held.put("a", 1, size=10)
    for turn in range(9):
        held.put("b", turn, size=20)
    assert (held.get("a"), held.get("b")) == (1, 8)
