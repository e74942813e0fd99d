"""Regular expressions as ECMA-262 has them: whether they are right, what they match, how two of them relate."""
