"""What the command of a gate finds on its PYTHONPATH."""
