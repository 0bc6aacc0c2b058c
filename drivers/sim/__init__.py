"""Hardware that exists in memory only; ships to users."""
