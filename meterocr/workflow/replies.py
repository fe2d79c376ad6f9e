"""What people who write are answered, in English and Hindi. They stand within the words of an ``answer`` message."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from meterocr.workflow.wording import Language


class Reply(StrEnum):
    """Which answer."""

    WHICH = "which"  # the photo of whose several connections it is
    WHICH_FIRST = "which_first"  # the same, where more photos wait
    WHICH_NEXT = "which_next"  # the same, where the one before it is dealt with
    OTHERS = "others"  # may be named too: they are too many to be listed
    UNKNOWN = "unknown"  # the phone is registered for none
    HELP = "help"
    NOTED = "noted"  # the reading stands, and its bill follows
    LOOKED_AT = "looked_at"  # a person decides
    NO_PHOTO = "no_photo"  # what came is none, or could not be loaded
    TROUBLE = "trouble"  # of ours


_REPLIES: Mapping[Reply, Mapping[Language, str]] = {
    Reply.WHICH: {
        Language.EN: "For which connection is this photo? Please write its number: {text}.",
        Language.HI: "यह फ़ोटो किस कनेक्शन की है? कृपया उसका नंबर लिखें: {text}।",
    },
    Reply.WHICH_FIRST: {
        Language.EN: "Several of your photos wait; they go one by one. For which connection is the first of them, sent "
        "on {when}? Please write its number: {text}.",
        Language.HI: "आपकी कई फ़ोटो प्रतीक्षा में हैं; वे एक-एक करके ली जाएँगी। उनमें से पहली फ़ोटो, जो {when} पर भेजी गई, किस "
        "कनेक्शन की है? कृपया उसका नंबर लिखें: {text}।",
    },
    Reply.WHICH_NEXT: {
        Language.EN: "For which connection is your next photo, sent on {when}? Please write its number: {text}.",
        Language.HI: "आपकी अगली फ़ोटो, जो {when} पर भेजी गई, किस कनेक्शन की है? कृपया उसका नंबर लिखें: {text}।",
    },
    Reply.OTHERS: {
        Language.EN: "You may also write one of your {text} other numbers.",
        Language.HI: "आप अपने {text} अन्य नंबरों में से भी कोई लिख सकते हैं।",
    },
    Reply.UNKNOWN: {
        Language.EN: "This phone is not registered for any connection. Please have it registered by your meter reader "
        "(Urja Mitra) or at the billing office, then send the photo again.",
        Language.HI: "यह मोबाइल नंबर किसी कनेक्शन से नहीं जुड़ा है। कृपया इसे ऊर्जा मित्र या बिलिंग कार्यालय से जुड़वाएँ, "
        "फिर फ़ोटो दोबारा भेजें।",
    },
    Reply.HELP: {
        Language.EN: "To get your bill, send a clear photo of your meter's display in this chat. "
        'Write "stop" if you want no more messages.',
        Language.HI: "बिल पाने के लिए मीटर के डिस्प्ले की साफ़ फ़ोटो इसी चैट में भेजें। संदेश बंद करने के लिए “बंद” लिखें।",
    },
    Reply.NOTED: {
        Language.EN: "We read {text} on your meter and have noted it. Your bill follows.",
        Language.HI: "आपके मीटर की रीडिंग {text} दर्ज कर ली गई है। बिल बाद में भेजा जाएगा।",
    },
    Reply.LOOKED_AT: {
        Language.EN: "Your photo has arrived. A person at the office will check the reading; your bill follows.",
        Language.HI: "आपकी फ़ोटो मिल गई है। कार्यालय में रीडिंग की जाँच की जाएगी, उसके बाद बिल भेजा जाएगा।",
    },
    Reply.NO_PHOTO: {
        Language.EN: "What you sent could not be opened as a photo. Please take a photo of the meter and send that.",
        Language.HI: "आपकी भेजी फ़ाइल फ़ोटो के रूप में नहीं खुली। कृपया मीटर की फ़ोटो लेकर दोबारा भेजें।",
    },
    Reply.TROUBLE: {
        Language.EN: "We could not work on your message because of a fault on our side. Please send it again later.",
        Language.HI: "हमारी ओर की गड़बड़ी के कारण आपका संदेश नहीं लिया जा सका। कृपया थोड़ी देर बाद दोबारा भेजें।",
    },
}


def reply(which: Reply, language: Language, text: str = "", *, when: str = "") -> str:
    """The sentences; ``text`` is the numbers to choose from, how many, or the reading; ``when`` a photo was sent."""
    return _REPLIES[which][language].format(text=text, when=when)


def language_of(text: str) -> Language | None:
    """In which language something is written, by its letters; ``None`` where it has hardly any."""
    if any("\u0900" <= letter <= "\u097f" for letter in text):
        return Language.HI
    latin = sum(letter.isascii() and letter.isalpha() for letter in text)
    return Language.EN if latin >= _ENOUGH and latin > sum(letter.isdecimal() for letter in text) else None


_ENOUGH = 3  # letters; a consumer number has some, and says nothing
