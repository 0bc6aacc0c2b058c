"""A call, one file a verb."""
