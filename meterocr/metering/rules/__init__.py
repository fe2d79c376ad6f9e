"""The rules of the verification, each a small function of the facts that yields what it finds."""
