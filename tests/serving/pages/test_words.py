"""Texts are there in both languages, with the same places to fill, and no page has its own."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

import serving.pages
from serving.pages.words import all_texts, month_of, text_of

FOLDER = Path(serving.pages.__file__).parent
_DEVANAGARI = re.compile(r"[\u0900-\u097f]")
_SAME = frozenset({"other_language", "other_language_code", "board_kind_lcd"})


@pytest.mark.parametrize("key", all_texts())
def test_both_languages(key: str) -> None:
    english, hindi = all_texts()[key]
    places = [{name for _, name, _, _ in Formatter().parse(text) if name} for text in (english, hindi)]
    assert places[0] == places[1]
    if key not in _SAME:
        assert not _DEVANAGARI.search(english)
        assert _DEVANAGARI.search(hindi)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("templates/*.html")), ids=lambda p: p.name)
def test_templates_have_no_text_of_their_own(path: Path) -> None:
    text = re.sub(r"\{% block (home|body) %\}.*?\{% endblock %\}", " ", path.read_text())
    for code in (r"\{%.*?%\}|\{\{.*?\}\}", r"<[^>]*>"):
        text = re.sub(code, " ", text, flags=re.DOTALL)
    words = set(re.findall(r"[A-Za-z]{3,}", text)) - {"kWh"}
    assert words == set()


def test_what_is_used_is_there() -> None:
    used = {
        key
        for path in [*FOLDER.glob("*.py"), *FOLDER.glob("templates/*.html")]
        for key in re.findall(r"\bsay\(\s*['\"]([a-z_]+)['\"]\s*[,)]", path.read_text())
    }
    assert len(used) > 80
    assert used <= set(all_texts())


def test_months() -> None:
    assert (month_of(1, "en"), month_of(12, "hi")) == ("Jan", "दिस")
    assert text_of("due", "hi", day="1") == "देय तिथि 1"
