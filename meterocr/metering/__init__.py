"""Meters, readings and what was consumed between them. Standard library only."""
