"""Use cases: small functions over a unit of work, whose parts are named in ports. Standard library only."""
