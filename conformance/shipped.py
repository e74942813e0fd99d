"""Where the document, the baseline and the recordings that ship with the package are."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent


def specs() -> Path:
    """The folder of shipped specs: inside the wheel, or at the top of a checkout."""
    inside = _PACKAGE / "data" / "specs"
    return inside if inside.is_dir() else _PACKAGE.parent / "specs"


def document() -> Path:
    """The shipped document."""
    return specs() / "telnyx-v2.json"


def recordings() -> Path:
    """The folder of shipped recordings."""
    return specs() / "recordings"


def is_document(spec: str | None) -> bool:
    """Whether a document that is asked for is the shipped one, by whatever name."""
    return spec is None or (document().exists() and Path(spec).exists() and Path(spec).samefile(document()))


def guard() -> Path:
    """What the shipped document does not say of the side effects of its operations."""
    return specs() / "guard.toml"


def baseline() -> Path:
    """The known findings of the shipped document."""
    return specs() / "baseline.json"


def overlay() -> Path:
    """What the sandbox cannot infer from the shipped document."""
    return specs() / "overlay.yaml"
