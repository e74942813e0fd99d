"""Content codings are taken off in the order that they were put on, up to a size, and what has none is said so."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest
import zstandard

from conformance.spec.codings import Uncoded, codings, decoded

TEXT = b"a text " * 20


def bare(text):
    writer = zlib.compressobj(wbits=-15)
    return writer.compress(text) + writer.flush()


@pytest.mark.parametrize(
    ("header", "body"),
    [
        (None, TEXT),
        ("identity", TEXT),
        ("gzip", gzip.compress(TEXT)),
        ("X-GZip", gzip.compress(TEXT)),
        ("deflate", zlib.compress(TEXT)),
        ("deflate", bare(TEXT)),
        ("deflate", gzip.compress(TEXT)),  # some clients call gzip deflate
        ("br", brotli.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT)),
        ("zstd", zstandard.compress(TEXT[:70]) + zstandard.compress(TEXT[70:])),
        ("br, zstd", zstandard.compress(brotli.compress(TEXT))),
        ("deflate, gzip", gzip.compress(zlib.compress(TEXT))),
    ],
)
def test_a_body_is_decoded(header, body):
    assert decoded(body, codings(header), most=1000) == TEXT


@pytest.mark.parametrize(
    ("header", "body", "reason"),
    [
        ("lzma", TEXT, "unknown"),
        ("gzip, compress", TEXT, "unknown"),
        ("br", TEXT, "broken"),
        ("br", brotli.compress(TEXT)[:-3], "broken"),
        ("br", brotli.compress(TEXT) + b"more", "broken"),
        ("br", brotli.compress(b"x" * 10**7), "large"),
        ("zstd", TEXT, "broken"),
        ("zstd", zstandard.compress(TEXT)[:-3], "broken"),
        ("zstd", zstandard.compress(TEXT) + b"more", "broken"),
        ("zstd", zstandard.compress(b"x" * 10**7), "large"),
        (
            "zstd",
            zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=24)).compress(
                TEXT * 10**6
            ),
            "broken",
        ),
        ("gzip", TEXT, "broken"),
        ("gzip", gzip.compress(TEXT)[:-9], "broken"),
        ("gzip", zlib.compress(TEXT), "broken"),
        ("gzip", gzip.compress(b"x" * 1001), "large"),
    ],
)
def test_what_cannot_be_decoded_says_why(header, body, reason):
    with pytest.raises(Uncoded) as caught:
        decoded(body, codings(header), most=1000)
    assert caught.value.reason == reason
