"""The same stores as for the tests of the store: use cases are tried on both databases."""

from __future__ import annotations

from tests.store.conftest import server, store, url

__all__ = ["server", "store", "url"]
