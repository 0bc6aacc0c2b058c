"""Fax machines on the copper, and what becomes of their pages."""
