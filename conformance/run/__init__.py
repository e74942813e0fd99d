"""Planning and running the stages."""
