"""The gate: a client's own tests run before the sandbox or a target, and what they put on the wire is judged."""
