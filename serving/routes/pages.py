"""The pages that people use; see ``serving.pages``."""

from __future__ import annotations

from fastapi import APIRouter

from serving.pages import board, desk, files, login, rounds, self_reading

router = APIRouter()
for part in (files, login, self_reading, desk, rounds, board):
    router.routes += part.router.routes
