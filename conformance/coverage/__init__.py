"""Which parts of the contract the traffic has touched."""
