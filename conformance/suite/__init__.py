"""The modules that pytest collects."""
