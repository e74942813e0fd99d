"""The document: loading, references, schemas, parameters, routing."""
