"""The configuration file: types, loading with lines, what differs, what is kept on the disk."""
