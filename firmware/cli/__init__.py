"""The console: command table, shell, one file a command group."""
