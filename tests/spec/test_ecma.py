"""Only what no engine of the language takes is called invalid."""

import json
import shutil
import subprocess

import pytest

from conformance.spec.patterns.ecma import syntax_problem

VALID = [
    "", "^a+$", r"[\w-.]", r"(?<n>a)\k<n>", r"\k", "a{,2}", "{", "a{", "}", "]", "[]a]", "[^]", r"[\]]", r"(?<=a)b", "(?=a)*", r"\p{L}",
    r"\-", r"\/", "a{2}?", "a*?", "(?:a|b|)", "x{1,}", "[a-]", "[-a]", r"[\d-x]", "[a-z0-9]", r"\u{1F600}", "(a)(b)\\2", "$^", "a||b", "[(]", "\\(",
]  # fmt: skip
INVALID = [
    "[", "(", ")", "a)", "*a", "a**", "a{2,1}", "(?P<n>a)", "(?>a)", "(?i)a", "a++", "\\", "[z-a]", "^*", r"\b+", "(?<=a)+", "x{1}{2}", "|*",
    "(?#c)", r"(?<n>a)\k<m>", "[a", "(?", "(?<n", "[9-0]",
]  # fmt: skip


@pytest.mark.parametrize("pattern", VALID)
def test_a_valid_pattern_passes(pattern):
    assert syntax_problem(pattern) is None


@pytest.mark.parametrize("pattern", INVALID)
def test_an_invalid_pattern_is_explained(pattern):
    assert syntax_problem(pattern)


def test_the_language_itself_agrees():
    node = shutil.which("node")
    if node is None:
        pytest.skip("there is no engine of the language here")
    script = "const p=JSON.parse(process.argv[1]);console.log(JSON.stringify(p.map(x=>{try{new RegExp(x);return true}catch{return false}})))"
    answer = subprocess.run([node, "-e", script, json.dumps([*VALID, *INVALID])], capture_output=True, check=True, text=True)
    assert json.loads(answer.stdout) == [True] * len(VALID) + [False] * len(INVALID)
