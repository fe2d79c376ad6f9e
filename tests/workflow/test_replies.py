"""What is answered to who writes, and in which language."""

from __future__ import annotations

import pytest

from meterocr.workflow.replies import Reply, language_of, reply
from meterocr.workflow.wording import Language


@pytest.mark.parametrize(
    ("written", "language"),
    [
        ("", None),
        ("C-1", None),
        ("451278", None),
        ("DHN00451278", None),
        ("yes please", Language.EN),
        ("हाँ C-1", Language.HI),
    ],
)
def test_the_language_of_a_text(written: str, language: Language | None) -> None:
    assert language_of(written) is language


@pytest.mark.parametrize("which", Reply)
@pytest.mark.parametrize("language", Language)
def test_every_reply_has_its_words(which: Reply, language: Language) -> None:
    asking = {Reply.WHICH, Reply.WHICH_FIRST, Reply.WHICH_NEXT}
    told = reply(which, language, "{x}", when="{y}")
    assert told.endswith((".", "।"))
    assert any("\u0900" <= c <= "\u097f" for c in told) == (language is Language.HI)
    assert ("{x}" in told) == (which in {*asking, Reply.OTHERS, Reply.NOTED})
    assert ("{y}" in told) == (which in asking - {Reply.WHICH})
