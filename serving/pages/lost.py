"""The page for an address that is none, for whoever comes to it with a browser."""

from __future__ import annotations

from fastapi import Request
from markupsafe import Markup
from starlette.responses import Response

from serving.logs import request_id
from serving.pages.visitors import visitor
from serving.pages.web import page
from serving.pages.words import LANGUAGES, text_of

_LINE = Markup('<span lang="{}">{}</span>')


def lost(request: Request) -> Response | None:
    """In both languages, as nobody knows who comes by an old link; ``None`` for a program, which gets JSON."""
    if request.method != "GET" or "text/html" not in request.headers.get("accept", ""):
        return None
    told = Markup("<br>").join(_LINE.format(language, text_of("error_not_found", language)) for language in LANGUAGES)
    return page(visitor(request), "error.html", status=404, message=told, request_id=request_id())
