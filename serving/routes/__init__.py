"""The routes, one file for each thing. A module here that has a ``router`` is served: there is no list to keep.

A route says in its decorator who may use it: ``dependencies=[allow(Scope.READ)]``, or ``@public`` below it.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules

from fastapi import APIRouter


def routers() -> Iterator[APIRouter]:
    """Of all modules here, in the order of their names."""
    for module in sorted(iter_modules(__path__), key=lambda m: m.name):
        yield import_module(f"{__name__}.{module.name}").router
