"""Contract testing and spec conformance for any OpenAPI document."""
