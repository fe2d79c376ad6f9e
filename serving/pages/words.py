"""Every text of the pages, in English and Hindi. A page never has a text of its own."""

from __future__ import annotations

from collections.abc import Mapping

from serving.pages.words_consumer import CONSUMER
from serving.pages.words_staff import STAFF

LANGUAGES = ("en", "hi")

_COMMON: Mapping[str, tuple[str, str]] = {
    "brand": ("Meter reading", "मीटर रीडिंग"),
    "other_language": ("हिन्दी", "English"),
    "other_language_code": ("hi", "en"),
    "log_out": ("Log out", "लॉग आउट"),
    "back": ("Back", "वापस"),
    "skip": ("To the content", "सीधे सामग्री पर जाएँ"),
    "start": ("To the start page", "मुख्य पेज पर जाएँ"),
    "sorry": ("That did not work", "यह नहीं हो सका"),
    "error_id": ("If you ask for help, give this number: {id}", "सहायता माँगते समय यह नंबर बताएँ: {id}"),
    "error_not_found": ("There is no such page.", "यह पेज नहीं मिला।"),
    "error_conflict": (
        "Somebody was faster, or it was done before. Please look again.",
        "यह काम पहले ही हो चुका है। कृपया फिर से देखें।",
    ),
    "error_checked": (
        "A person has already checked this photo. Does your meter show something else? Please take a new photo.",
        "इस फ़ोटो की जाँच पहले ही हो चुकी है। क्या आपके मीटर में कुछ और दिख रहा है? कृपया नई फ़ोटो लें।",
    ),
    "error_photo_error": (
        "This file is not a photo that can be read. Please take a photo of the meter.",
        "यह फ़ाइल पढ़ी जा सकने वाली फ़ोटो नहीं है। कृपया मीटर की फ़ोटो लें।",
    ),
    "error_photo_size": ("The photo is too large.", "फ़ोटो बहुत बड़ी है।"),
    "error_no_photo": ("Please choose a photo first.", "कृपया पहले फ़ोटो चुनें।"),
    "error_token": (
        "This page was open for too long. Please go back, load it again and try once more.",
        "यह पेज बहुत देर से खुला था। कृपया वापस जाकर पेज फिर से खोलें और दोबारा कोशिश करें।",
    ),
    "error_scope": (
        "Your key does not allow this. It needs the scope {scope}.",
        "आपकी कुंजी से यह नहीं किया जा सकता। इसके लिए {scope} अधिकार चाहिए।",
    ),
    "error_often": (
        "Too many tries. Please wait {seconds} seconds.",
        "बहुत बार कोशिश की गई। कृपया {seconds} सेकंड रुकें।",
    ),
    "error_busy": (
        "Many people are sending photos just now. Please try again in a moment.",
        "अभी बहुत लोग फ़ोटो भेज रहे हैं। थोड़ी देर में फिर कोशिश करें।",
    ),
}

_TEXTS = dict(_COMMON) | dict(CONSUMER) | dict(STAFF)

_MONTHS = {
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
    "hi": "जन फ़र मार्च अप्रै मई जून जुल अग सित अक्तू नव दिस".split(),
}


def text_of(key: str, language: str, **values: object) -> str:
    """A text, with ``values`` filled in.

    Raises:
        KeyError: there is no such text.
    """
    return _TEXTS[key][LANGUAGES.index(language)].format(**values)


def month_of(number: int, language: str) -> str:
    """The short name of a month, 1 to 12."""
    return _MONTHS[language][number - 1]


def all_texts() -> Mapping[str, tuple[str, str]]:
    """By key, in the order of :data:`LANGUAGES`."""
    return _TEXTS
