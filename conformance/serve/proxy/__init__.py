"""A gateway to one fixed target: byte for byte, with a copy of each exchange for those who judge and record."""
