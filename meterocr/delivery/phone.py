"""Phone numbers as people write them, made into the one form that is stored."""

from __future__ import annotations

import phonenumbers

REGION = "IN"
"""Where a number is taken to be from that does not say its country."""


def e164(text: str) -> str:
    """A phone number in E.164, such as ``+919812345678`` from ``98123 45678``.

    It has to be of a length and beginning that are given out (ITU-T E.164 and the national plans, by ``phonenumbers``).

    Raises:
        ValueError: it is none; the message does not repeat it.
    """
    try:
        number = phonenumbers.parse(text, REGION)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        digits = sum(character.isdecimal() for character in text)
        raise ValueError(f"expected a phone number such as +91 98123 45678, got one of {digits} digits that is none")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
