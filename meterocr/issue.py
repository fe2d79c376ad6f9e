"""Why a photo is doubtful, and what the person with the camera can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Issue(StrEnum):
    """Why a photo is doubtful, most fundamental first; :meth:`advice` says what to do about it."""

    NO_DISPLAY = "no_display"
    DISPLAY_OFF = "display_off"
    SEGMENT_TEST = "segment_test"
    CUT_OFF = "cut_off"
    TOO_SMALL = "too_small"
    TOO_DARK = "too_dark"
    OVEREXPOSED = "overexposed"
    GLARE = "glare"
    BLURRED = "blurred"
    TILTED = "tilted"
    SEVERAL_DISPLAYS = "several_displays"
    UNREAD_DIGITS = "unread_digits"
    LOW_CONFIDENCE = "low_confidence"

    def advice(self, language: str = "en") -> str:
        """One short sentence for the person with the camera, in ``"en"`` or ``"hi"``.

        Raises:
            KeyError: there is no advice in that language.
        """
        return _ADVICE[self][language]


_ADVICE: Mapping[Issue, Mapping[str, str]] = {
    Issue.NO_DISPLAY: {
        "en": "No meter display found. Point the camera at the meter's number display.",
        "hi": "मीटर का डिस्प्ले नहीं दिखा। कैमरा मीटर के अंकों की ओर रखें।",
    },
    Issue.DISPLAY_OFF: {
        "en": "The display is switched off. Press the meter's button or wait, then take the photo.",
        "hi": "डिस्प्ले बंद है। मीटर का बटन दबाएँ या रुकें, फिर फ़ोटो लें।",
    },
    Issue.SEGMENT_TEST: {
        "en": "The display shows its test, an 8 in every place. Wait for the next page, then take the photo.",
        "hi": "डिस्प्ले अभी अपनी जाँच दिखा रहा है, हर जगह 8। अगला पेज आने दें, फिर फ़ोटो लें।",
    },
    Issue.CUT_OFF: {
        "en": "The display is cut off. Step back until all digits are in the photo.",
        "hi": "डिस्प्ले कट गया है। थोड़ा पीछे हटें ताकि सभी अंक फ़ोटो में आएँ।",
    },
    Issue.TOO_SMALL: {
        "en": "The digits are too small. Go closer to the meter.",
        "hi": "अंक बहुत छोटे हैं। मीटर के पास जाएँ।",
    },
    Issue.TOO_DARK: {
        "en": "The photo is too dark. Switch on a light or the flash.",
        "hi": "फ़ोटो में बहुत अँधेरा है। लाइट या फ़्लैश जलाएँ।",
    },
    Issue.OVEREXPOSED: {
        "en": "The display is too bright. Switch the flash off or shade the display.",
        "hi": "डिस्प्ले बहुत चमक रहा है। फ़्लैश बंद करें या छाया करें।",
    },
    Issue.GLARE: {
        "en": "A reflection covers the digits. Move a little to the side.",
        "hi": "अंकों पर चमक पड़ रही है। थोड़ा बगल से फ़ोटो लें।",
    },
    Issue.BLURRED: {
        "en": "The photo is blurred. Hold the phone still and tap the display to focus.",
        "hi": "फ़ोटो धुँधली है। फ़ोन स्थिर रखें और डिस्प्ले पर टैप करके फ़ोकस करें।",
    },
    Issue.TILTED: {
        "en": "The meter is seen from too far aside. Take the photo from the front.",
        "hi": "फ़ोटो बहुत तिरछी है। मीटर के सामने से फ़ोटो लें।",
    },
    Issue.SEVERAL_DISPLAYS: {
        "en": "Several displays are in the photo. Photograph one meter at a time.",
        "hi": "फ़ोटो में एक से अधिक डिस्प्ले हैं। एक बार में एक मीटर की फ़ोटो लें।",
    },
    Issue.UNREAD_DIGITS: {
        "en": "Some digits cannot be made out. Please take the photo again.",
        "hi": "कुछ अंक पढ़े नहीं जा रहे। कृपया फिर से फ़ोटो लें।",
    },
    Issue.LOW_CONFIDENCE: {
        "en": "The reading is not certain. A clearer photo helps.",
        "hi": "रीडिंग पक्की नहीं है। साफ़ फ़ोटो से मदद मिलेगी।",
    },
}
