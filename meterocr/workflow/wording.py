"""What messages say, in English and Hindi.

The same sentences are the bodies of the WhatsApp templates (with ``{{1}}``, ``{{2}}``, ... for the fields, see
:func:`template_body`), so that a person reads the same whichever way a message comes. A template's body may neither
start nor end with a field.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum


class Language(StrEnum):
    """A language that people are written to in."""

    EN = "en"
    HI = "hi"


class MessageKind(StrEnum):
    """What a message is for."""

    BILL = "bill"
    RETAKE = "retake"  # the photo could not be used
    PHOTO_REQUEST = "photo_request"  # the premises were locked
    ONE_TIME_CODE = "one_time_code"
    ANSWER = "answer"  # to what somebody wrote


FIELDS: Mapping[MessageKind, tuple[str, ...]] = {
    MessageKind.BILL: ("name", "consumer", "period", "amount", "due"),
    MessageKind.RETAKE: ("consumer", "advice"),
    MessageKind.PHOTO_REQUEST: ("name", "consumer", "until"),
    MessageKind.ONE_TIME_CODE: ("code",),
    MessageKind.ANSWER: ("answer",),
}

_WORDINGS: Mapping[MessageKind, Mapping[Language, str]] = {
    MessageKind.BILL: {
        Language.EN: "Dear {name}, your electricity bill for consumer number {consumer}, {period}, is attached. "
        "Amount to pay: Rs {amount}. Due date: {due}. Please check the reading on it; "
        "if something is wrong, tell your billing office.",
        Language.HI: "प्रिय {name}, उपभोक्ता संख्या {consumer} का {period} का बिजली बिल संलग्न है। "
        "देय राशि: ₹{amount}। देय तिथि: {due}। कृपया बिल में दी गई रीडिंग जाँच लें; "
        "कोई गलती हो तो बिलिंग कार्यालय को बताएँ।",
    },
    MessageKind.RETAKE: {
        Language.EN: "The photo of the meter of consumer number {consumer} could not be used. {advice} "
        "Please send a new photo in this chat.",
        Language.HI: "उपभोक्ता संख्या {consumer} के मीटर की फ़ोटो से रीडिंग नहीं ली जा सकी। {advice} कृपया इसी चैट में नई फ़ोटो भेजें।",
    },
    MessageKind.PHOTO_REQUEST: {
        Language.EN: "Dear {name}, our meter reader found the premises of consumer number {consumer} locked. "
        "Please send a clear photo of the meter's display in this chat by {until}, "
        "so that you are billed for what you really used.",
        Language.HI: "प्रिय {name}, उपभोक्ता संख्या {consumer} का परिसर बंद मिला, इसलिए मीटर रीडिंग नहीं हो सकी। "
        "कृपया {until} तक मीटर के डिस्प्ले की साफ़ फ़ोटो इसी चैट में भेजें, "
        "ताकि आपका बिल वास्तविक खपत पर बने।",
    },
    MessageKind.ONE_TIME_CODE: {
        Language.EN: "Your verification code is {code}. Do not share it with anyone.",
        Language.HI: "आपका सत्यापन कोड {code} है। इसे किसी को न बताएँ।",
    },
    MessageKind.ANSWER: {
        Language.EN: "Thank you for your message. {answer} Your electricity office",
        Language.HI: "आपके संदेश के लिए धन्यवाद। {answer} आपका बिजली कार्यालय",
    },
}


_BILL_UNATTACHED: Mapping[Language, str] = {
    Language.EN: "Dear {name}, your electricity bill for consumer number {consumer}, {period}: Rs {amount} to pay. "
    "Due date: {due}. Your billing office has the whole bill.",
    Language.HI: "प्रिय {name}, उपभोक्ता संख्या {consumer} का {period} का बिजली बिल: देय राशि ₹{amount}। "
    "देय तिथि: {due}। पूरा बिल बिलिंग कार्यालय में उपलब्ध है।",
}


def wording(kind: MessageKind, language: Language, parameters: Sequence[str], *, attached: bool = True) -> str:
    """The sentences of a message with the texts for :data:`FIELDS` filled in.

    ``attached``: what belongs to it goes with it; without, a bill says where it can be had.

    Raises:
        ValueError: not as many texts as fields.
    """
    bill_alone = kind is MessageKind.BILL and not attached
    text = _BILL_UNATTACHED[language] if bill_alone else _WORDINGS[kind][language]
    return text.format(**dict(zip(FIELDS[kind], parameters, strict=True)))


def template_body(kind: MessageKind, language: Language) -> str:
    """The body to register as a WhatsApp template: the wording with ``{{1}}`` and so on for the fields."""
    return wording(kind, language, [f"{{{{{i}}}}}" for i in range(1, len(FIELDS[kind]) + 1)])
