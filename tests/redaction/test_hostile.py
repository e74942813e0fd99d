"""Secrets where nobody looks for them: packed, in base64, percent-encoded, in other texts, told back in errors. None is left."""

import base64
import gzip
import json
import zlib
from urllib.parse import quote, quote_plus, urlencode

import pytest

from conformance.model.message import Request, Response
from conformance.redaction.exchanges import Redactor

TOKEN, PLAIN = "KEY0189ABCDEF0123456789ABCDEF01234_abcDEFghi", "zq7Rt0pLw93XvB"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJlLW9mLWl0"
NUMBER, WORDS, MAIL = "+4915112345678", "the parcel is behind the green door", "ada.lovelace@corp.example.org"
HOOK, COOKIE, PASSWORD = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "c00kie-of-0ur-user-77aa55", "s3cr3t-Passw0rd!"
AMAZON = ("https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101%2Fus-east-1%2Fs3%2Faws4_request"
          "&X-Amz-Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024")  # fmt: skip
GOOGLE = (
    "https://storage.googleapis.com/b/o?X-Goog-Credential=a%40b.iam.example&X-Goog-Signature=247a2aa45f169edf4d187d54e7cc46e4"
)
AZURE = (
    "https://a.blob.core.windows.net/c/b?sv=2022-11-02&se=2026-01-01&sp=r&sig=Z%2FRHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk%3D"
)
SECRETS = (TOKEN, PLAIN, JWT, NUMBER, NUMBER[1:], WORDS, MAIL, HOOK, COOKIE, PASSWORD, "AKIAIOSFODNN7EXAMPLE",
           "fe5f80f77d5fa3beca038a248ff027d0", "247a2aa45f169edf4d187d54e7cc46e4", "Z/RHIX5Xcg0Mq2rqI3OlWTjEg2tYkboXr1P9ZUXDtkk")  # fmt: skip

BEARER = (("Authorization", f"Bearer {TOKEN}"),)
FORM, XML = "application/x-www-form-urlencoded", "application/xml"
MESSAGE = {"to": NUMBER, "text": WORDS, "contact": MAIL}
JSON = json.dumps(MESSAGE).encode()


def coded(text):
    return base64.b64encode(text.encode()).decode()


def escaped(text):
    return "".join(f"\\u{ord(letter):04x}" for letter in text)


def percent(text):
    return "".join(f"%{byte:02x}" for byte in text.encode())


def part(head, body):
    return f'--B\r\nContent-Disposition: form-data; name="text"\r\n{head}\r\n{body}\r\n--B--\r\n'.encode()


def sent(body=b"", kind="application/json", url="https://api.example.com/v1/messages", headers=BEARER):
    return Request(method="POST", url=url, headers=(*headers, ("Content-Type", kind)), body=body)


def said(body=b"", kind="application/json", status=200, headers=()):
    body = json.dumps(body).encode() if isinstance(body, (dict, list)) else body
    return Response(status=status, headers=(("Content-Type", kind), *headers), body=body)


CASES = {
    "escapes of JSON": (sent(f'{{"to":"{escaped(NUMBER)}","text":"{escaped(WORDS)}"}}'.encode()), said()),
    "gzip": (
        sent(gzip.compress(JSON), headers=(*BEARER, ("Content-Encoding", "gzip"))),
        said(zlib.compress(JSON), headers=(("Content-Encoding", "deflate"),)),
    ),
    "a packed file": (sent(), said(gzip.compress(JSON), "application/gzip")),
    "a form": (sent(urlencode({"To": NUMBER, "Body": WORDS, "mail": MAIL, "media_url": AMAZON}).encode(), FORM), said()),
    "a form with all of it encoded": (sent(f"to={percent(NUMBER)}&text={percent(WORDS)}".encode(), FORM), said()),
    "a part": (sent(part("", WORDS), "multipart/form-data; boundary=B"), said()),
    "a part in base64": (sent(part("Content-Transfer-Encoding: base64\r\n", coded(WORDS)), "multipart/form-data; boundary=B"), said()),
    "a part of JSON": (sent(part("Content-Type: application/json\r\n", JSON.decode()), "multipart/form-data; boundary=B"), said()),
    "JSON in JSON": (sent(json.dumps({"event": json.dumps({"payload": MESSAGE})}).encode()), said({"raw": JSON.decode()})),
    "base64 of what is beside it": (sent(JSON), said({**MESSAGE, "copy": coded(WORDS), "hint": coded(TOKEN)})),
    "a request that is told back": (
        sent(urlencode({"To": NUMBER, "Body": WORDS, "cursor": coded(f"after {MAIL}")}).encode(), FORM),
        said({"echo": f"To={percent(NUMBER)}&Body={percent(WORDS)}", "url": f"/x?media={quote(AMAZON, safe='')}&c={coded('number ' + NUMBER)}",
              "line": f"GET /x?c={coded('number ' + NUMBER)} HTTP/1.1"}),
    ),
    "a cursor": (
        sent(url=f"https://a.test/x?cursor={coded(json.dumps({'to': NUMBER}))}"),
        said({"next": coded(f"after {MAIL}"), "previous": base64.urlsafe_b64encode(f"??>{NUMBER}".encode()).decode()}),
    ),
    "an error that tells it back": (
        sent(JSON), said({"errors": [{"detail": f"'{WORDS}' for {NUMBER} of {MAIL} with {TOKEN}"}]}, status=422)),
    "a page of an error": (sent(), said(f"<pre>Bearer {TOKEN} to={quote(NUMBER)}</pre>".encode(), "text/html", 500)),
    "a key by another name": (sent(headers=(("X-Api-Key", PLAIN),)), said({"detail": f"{PLAIN} is no good"}, status=401)),
    "a token anywhere": (sent(headers=(("X-Telnyx-Auth", TOKEN), ("X-Note", MAIL))), said({"note": f"see {JWT}."}, headers=(("X-E", TOKEN),))),
    "signed URLs": (
        sent(url=f"https://a.test/x?media={quote_plus(AMAZON)}&b={quote(AZURE, safe='')}"),
        said({"urls": [AMAZON, GOOGLE, AZURE]}, headers=(("Location", AMAZON), ("Link", f"<{AZURE}>; rel=next"))),
    ),
    "secrets of webhooks": (sent(url=f"https://a.test/x/{PLAIN}"), said({"secret": HOOK, "signing_key": PLAIN, "hint": f"is {PLAIN}"})),
    "users in URLs": (
        sent(url=f"https://ada:{quote(PASSWORD)}@a.test/x"),
        said({"callback": f"https://ada:{quote(PASSWORD)}@b.test/x"}, headers=(("Location", f"https://ada:{quote(PASSWORD)}@b.test/"),)),
    ),
    "a password": (
        sent(headers=(("Authorization", f"Basic {coded(f'ada:{PASSWORD}')}"),)), said({"detail": f"not {PASSWORD}"}, status=401)),
    "a cookie": (
        sent(headers=(("Cookie", f"a=1; session={COOKIE}"),)), said({"echo": COOKIE}, headers=(("Set-Cookie", f"session={COOKIE}; Path=/"),))),
    "a header over two lines": (sent(headers=(("Authorization", f"Bearer\r\n {TOKEN}"),)), said({"got": TOKEN}, status=400)),
    "numbers in paths": (sent(url=f"https://a.test/{quote(NUMBER)}/{NUMBER}?f[to]={NUMBER[1:]}"), said({"sip": f"sip:{NUMBER}@a.test"})),
    "a number as a number": (sent(json.dumps({"phone_number": int(NUMBER[1:])}).encode()), said({NUMBER: {MAIL: 1}})),
    "tokens in URLs": (
        sent(url=f"https://a.test/x?access_token={PLAIN}"),
        said({"self": f"/x?access_token={PLAIN}"}, headers=(("Location", f"https://b.test/cb#access_token={PLAIN}&token_type=bearer"),)),
    ),
    "XML": (
        sent(f'<m><to>{NUMBER}</to><text>{WORDS}</text><password>{PASSWORD}</password><a token="{PLAIN}"/></m>'.encode(), XML), said()),
    "events": (sent(), said(f"data: {json.dumps({'delta': {'content': WORDS}})}\n\n".encode(), "text/event-stream")),
    "another charset": (sent(f"\xe9 {NUMBER} {MAIL} {TOKEN}".encode("latin-1"), "text/plain; charset=latin-1"), said()),
    "UTF-16": (sent(json.dumps(MESSAGE).encode("utf-16")), said()),
    "JSON that breaks off": (sent(), said(JSON[:-3])),
    "GraphQL": (
        sent(json.dumps({"query": f'mutation {{ send(to: "{NUMBER}", text: "{WORDS}", password: "{PASSWORD}") {{ id }} }}'}).encode()),
        said(f'mutation {{ send(body: "{WORDS}") }}'.encode(), "application/graphql")),
    "events without JSON": (sent(), said(f'data: {WORDS}\n\ndata: {{"text":\ndata: "{WORDS}"}}\n\n'.encode(), "text/event-stream")),
    "XML with names of its own": (
        sent(f'<s:B xmlns:s="x"><n:text>{WORDS}</n:text><n:Password>{PASSWORD}</n:Password><m body="{WORDS}"/><to>&#43;{NUMBER[1:]}</to></s:B>'
             .encode(), XML), said()),
    "fields of a form on a page": (
        sent(),
        said(f'<input name="text" value="{WORDS}"><meta content=\'{WORDS}\' property="og:message"/><textarea id="note">{WORDS}</textarea>'
             f'<input type=hidden name=csrf_token value="{PLAIN}"><string name="password">{PASSWORD}</string>'.encode(), "text/html")),
    "fields as pairs": (
        sent(json.dumps({"fields": [{"name": "message", "value": WORDS}, {"key": "password", "value": PASSWORD}]}).encode()),
        said({"custom_headers": [{"name": "X-Auth-Token", "value": PLAIN}]})),
    "something binary": (sent(b"\x82\xa2to\xae" + NUMBER.encode() + b"\xa1m\xbd" + MAIL.encode() + b"\xff", "application/msgpack"), said()),
    "JSON in base64 in headers": (
        sent(headers=(*BEARER, ("X-Context", coded(json.dumps({"token": PLAIN, "to": NUMBER}))))),
        said(headers=(("X-State", coded(json.dumps({"text": WORDS, "api_key": PLAIN}))),))),
    "a table": (sent(f"phone_number;note;password\r\n{NUMBER[1:]};{WORDS};{PASSWORD}\r\n".encode(), "text/csv"), said()),
    "YAML": (sent(f"to: '{NUMBER}'\n- text: {WORDS}\n  password: {PASSWORD}\n".encode(), "application/yaml"), said()),
    "a card": (sent(f"BEGIN:VCARD\nTEL;TYPE=cell:{NUMBER}\nNOTE:{WORDS}\n".encode(), "text/vcard"), said()),
    "percent-encoded again": (
        sent(url=f"https://a.test/x?next={quote(quote(f'/cb?phone_number={NUMBER}&access_token={PLAIN}', safe=''), safe='')}"),
        said({"u": quote(quote(quote(f"https://b.test/?access_token={PLAIN}&e={MAIL}", safe=""), safe=""), safe="")})),
    "text in UTF-16": (sent(f"call {NUMBER} {TOKEN}".encode("utf-16"), "text/plain"), said()),
    "a path with parameters": (sent(url=f"https://a.test/x;token={PLAIN};phone={NUMBER}/y"), said()),
    "links to letters": (
        sent(json.dumps({"l": f"mailto:{MAIL}?subject={quote(WORDS)}", "s": f"sip:ada:{PASSWORD}@h.test"}).encode()), said()),
    "what headers say": (sent(headers=(*BEARER, ("X-Message", WORDS))), said(headers=(("X-Echo-Text", WORDS),))),
}  # fmt: skip


def ways(secret):
    """How a secret may be written; in base64 wherever it begins."""
    data = secret.encode()
    yield from (secret, quote(secret, safe=""), quote_plus(secret), percent(secret), escaped(secret), data.hex())
    for shift in range(3):
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            core = encode(bytes(shift) + data).decode().rstrip("=")[-(-shift * 8 // 6) : (shift + len(data)) * 8 // 6]
            yield core


def written(clean):
    pairs = (*clean.request.headers, *clean.answer.headers)
    bodies = [clean.request.body, clean.answer.body]
    bodies += [gzip.decompress(body) for body in bodies if body[:2] == b"\x1f\x8b"]
    return "\n".join(
        [clean.request.url, *(value for _, value in pairs), *(body.decode("latin-1").replace("\0", "") for body in bodies)]
    )


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_left_of_it(case):
    text = written(Redactor()(*CASES[case])).lower()
    assert [secret for secret in SECRETS if any(way.lower() in text for way in ways(secret))] == []


@pytest.mark.parametrize("case", CASES)
def test_the_case_holds_some_of_it(case):
    request, answer = CASES[case]
    bodies = [decode(body) for body in (request.body, answer.body) for decode in (bytes, unpacked)]
    text = "\n".join(
        [request.url, *(value for _, value in (*request.headers, *answer.headers)), *(b.decode("latin-1") for b in bodies)]
    )
    assert any(way.lower() in text.lower().replace("\0", "") for secret in SECRETS for way in ways(secret))


def unpacked(body):
    try:
        return zlib.decompress(body, 47)
    except zlib.error:
        return b""


def test_what_is_in_base64_stays_base64_and_the_same_each_time():
    redact = Redactor()
    cursors = [json.loads(redact(sent(), said({"next": coded(f"after {NUMBER}")})).answer.body)["next"] for _ in range(2)]
    assert cursors[0] == cursors[1] != coded(f"after {NUMBER}")
    assert base64.b64decode(cursors[0]).startswith(b"after +49")


@pytest.mark.parametrize(
    "text",
    [
        "/files/a%2520b%253Dc?x=%253D",
        'see: "id", kind: "b"',
        "mailto:?x=1",
        "a;b=c",
        "12:30:00 #1?",
        "a%2B1",
        "50%25",
        "aGVsbG8gd29ybGQsIGhvdyBhcmUgeW91",
        "[not json",
        "{",
        "x" * 40,
        "100%40",
        "a b%2",
    ],
)
def test_what_is_no_secret_stays(text):
    assert json.loads(Redactor()(sent(), said({"x": text})).answer.body) == {"x": text}
