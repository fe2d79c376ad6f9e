"""Phone numbers as people write them."""

from __future__ import annotations

import pytest

from meterocr.delivery.phone import e164


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("9812345678", "+919812345678"),
        ("98123 45678", "+919812345678"),
        ("098123-45678", "+919812345678"),
        ("+91 98123 45678", "+919812345678"),
        ("0091 9812345678", "+919812345678"),
        ("९८१२३४५६७८", "+919812345678"),  # Devanagari digits
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_made_into_one_form(text: str, expected: str) -> None:
    assert e164(text) == expected


@pytest.mark.parametrize(
    "text", ["", "asha devi", "12345", "981234567", "98123456789", "+91 0000000001", "+9100000000001"]
)
def test_what_is_no_number_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(ValueError, match=r"expected a phone number such as \+91 98123 45678, got one of") as caught:
        e164(text)
    assert not text or text not in str(caught.value)
