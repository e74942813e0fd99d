"""``python -m conformance`` is ``conformance``."""

from conformance.cli.main import run

if __name__ == "__main__":
    run()
