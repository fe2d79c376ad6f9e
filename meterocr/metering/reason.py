"""Why a reading is doubted or noted: reason codes and what they say to people, in English and Hindi.

The sentences are filled with the numbers of the :class:`~meterocr.metering.verification.Finding`. An amount is in paise
there, under a name that ends in ``_paise``; the sentence has it in rupees, under the name that ends in ``_rs``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class Reason(StrEnum):
    """What a rule found."""

    CAPTURE = "capture"  # the photo has an issue
    UNREADABLE = "unreadable"
    UNSUPPORTED = "unsupported"
    LOW_CONFIDENCE = "low_confidence"
    WRONG_REGISTER = "wrong_register"
    UNKNOWN_REGISTER = "unknown_register"
    WRONG_DIGITS = "wrong_digits"
    WRONG_METER = "wrong_meter"
    SAME_PHOTO = "same_photo"
    PHOTO_OF_ANOTHER = "photo_of_another"
    SIMILAR_PHOTO = "similar_photo"
    PHOTO_TIME = "photo_time"
    OLDER_THAN_PREVIOUS = "older_than_previous"
    NO_PREVIOUS = "no_previous"
    BELOW_PREVIOUS = "below_previous"
    ROLLOVER = "rollover"
    ABOVE_PHYSICS = "above_physics"
    HIGH = "high"
    LOW = "low"
    USUAL = "usual"
    ZERO = "zero"
    LIKELY_MISREAD = "likely_misread"
    ONE_DIGIT_OFF = "one_digit_off"
    LIKELY_METER_CHANGE = "likely_meter_change"
    EARLIER_LIKELY_WRONG = "earlier_likely_wrong"
    NEW_LIKELY_WRONG = "new_likely_wrong"
    ONE_OF_TWO_WRONG = "one_of_two_wrong"
    SELF_READINGS = "self_readings"
    PROVISIONAL_RUN = "provisional_run"
    RUPEES_AT_RISK = "rupees_at_risk"
    RATE_MISSING = "rate_missing"

    def template(self, language: str) -> str:
        """The sentence, with places for the numbers, in ``"en"`` or ``"hi"``; ``CAPTURE`` has the issue's advice.

        Raises:
            KeyError: there is no sentence in that language.
        """
        return _SENTENCES[self][language]


_SENTENCES: Mapping[Reason, Mapping[str, str]] = {
    Reason.CAPTURE: {"en": "{advice}", "hi": "{advice}"},
    Reason.UNREADABLE: {
        "en": "No whole reading can be made out in the photo.",
        "hi": "फ़ोटो में पूरी रीडिंग पढ़ी नहीं जा रही।",
    },
    Reason.UNSUPPORTED: {
        "en": "The reading {text} is not among those that the photo supports.",
        "hi": "रीडिंग {text} की पुष्टि फ़ोटो से नहीं होती।",
    },
    Reason.LOW_CONFIDENCE: {
        "en": "The reading {text} is {confidence:.1%} certain; at least {needed:.1%} is needed.",
        "hi": "रीडिंग {text} केवल {confidence:.1%} पक्की है; कम से कम {needed:.1%} चाहिए।",
    },
    Reason.WRONG_REGISTER: {
        "en": "The display shows {shows.unit} and not {expected.unit}. Press the meter's button or wait until "
        "{expected.unit} appears, then take the photo.",
        "hi": "डिस्प्ले पर {expected.unit} नहीं, {shows.unit} दिख रहा है। मीटर का बटन दबाएँ या {expected.unit} आने तक रुकें, "
        "फिर फ़ोटो लें।",
    },
    Reason.UNKNOWN_REGISTER: {
        "en": "It cannot be seen whether the display shows {expected.unit}.",
        "hi": "यह नहीं दिख रहा कि डिस्प्ले पर {expected.unit} है या कुछ और।",
    },
    Reason.WRONG_DIGITS: {
        "en": "The photo shows {text}; the meter's register has {digits} digits and {decimals} decimals.",
        "hi": "फ़ोटो में {text} दिख रहा है; इस मीटर में दशमलव से पहले {digits} और बाद में {decimals} अंक होते हैं।",
    },
    Reason.WRONG_METER: {
        "en": "The photo shows meter number {found}; {expected} is expected.",
        "hi": "फ़ोटो में मीटर नंबर {found} है; {expected} होना चाहिए।",
    },
    Reason.SAME_PHOTO: {
        "en": "This photo was sent before, on {received:%d-%m-%Y}. Please take a new one.",
        "hi": "यह फ़ोटो पहले भी {received:%d-%m-%Y} को भेजी गई थी। कृपया नई फ़ोटो लें।",
    },
    Reason.PHOTO_OF_ANOTHER: {
        "en": "This photo was already sent for another connection, on {received:%d-%m-%Y}.",
        "hi": "यही फ़ोटो {received:%d-%m-%Y} को किसी दूसरे कनेक्शन के लिए भेजी जा चुकी है।",
    },
    Reason.SIMILAR_PHOTO: {
        "en": "This photo looks like one that was sent on {received:%d-%m-%Y} ({bits} of 64 bits differ).",
        "hi": "यह फ़ोटो {received:%d-%m-%Y} को भेजी गई एक फ़ोटो जैसी है (64 में से {bits} बिट अलग)।",
    },
    Reason.PHOTO_TIME: {
        "en": "The photo was taken on {taken:%d-%m-%Y}; it is wanted between {opens:%d-%m-%Y} and {closes:%d-%m-%Y}. "
        "Please take a new one.",
        "hi": "फ़ोटो {taken:%d-%m-%Y} को ली गई थी; {opens:%d-%m-%Y} से {closes:%d-%m-%Y} के बीच की फ़ोटो चाहिए। "
        "कृपया नई फ़ोटो लें।",
    },
    Reason.OLDER_THAN_PREVIOUS: {
        "en": "The photo of {taken:%d-%m-%Y} is not newer than the last reading, of {previous_at:%d-%m-%Y}.",
        "hi": "{taken:%d-%m-%Y} की फ़ोटो पिछली रीडिंग ({previous_at:%d-%m-%Y}) के बाद की नहीं है।",
    },
    Reason.NO_PREVIOUS: {
        "en": "Meter {serial_number} has no earlier trusted reading, so nothing tells what was consumed.",
        "hi": "मीटर {serial_number} की कोई पिछली मान्य रीडिंग नहीं है, इसलिए खपत नहीं निकाली जा सकती।",
    },
    Reason.BELOW_PREVIOUS: {
        "en": "The reading {value:f} is below the last trusted one, {previous:f} of {previous_at:%d-%m-%Y}.",
        "hi": "रीडिंग {value:f} पिछली मान्य रीडिंग {previous:f} ({previous_at:%d-%m-%Y}) से कम है।",
    },
    Reason.ROLLOVER: {
        "en": "The counter went through zero, from {previous:f} to {value:f}: {units:f} units.",
        "hi": "मीटर का काउंटर शून्य से होकर {previous:f} से {value:f} पर आया: {units:f} यूनिट।",
    },
    Reason.ABOVE_PHYSICS: {
        "en": "{units:f} units in {days:.0f} days are more than a load of {load_kw:f} kW can use ({limit:.0f} units).",
        "hi": "{days:.0f} दिन में {units:f} यूनिट: {load_kw:f} kW के भार से इतनी खपत नहीं हो सकती (अधिकतम {limit:.0f} यूनिट)।",
    },
    Reason.HIGH: {
        "en": "{units:f} units in {days:.0f} days are unusually many; {low:.0f} to {high:.0f} would be usual.",
        "hi": "{days:.0f} दिन में {units:f} यूनिट सामान्य से बहुत ज़्यादा है; आम तौर पर {low:.0f} से {high:.0f} होती हैं।",
    },
    Reason.LOW: {
        "en": "{units:f} units in {days:.0f} days are unusually few; {low:.0f} to {high:.0f} would be usual.",
        "hi": "{days:.0f} दिन में {units:f} यूनिट सामान्य से बहुत कम है; आम तौर पर {low:.0f} से {high:.0f} होती हैं।",
    },
    Reason.USUAL: {
        "en": "{units:f} units in {days:.0f} days; {low:.0f} to {high:.0f} are usual.",
        "hi": "{days:.0f} दिन में {units:f} यूनिट; आम तौर पर {low:.0f} से {high:.0f} होती हैं।",
    },
    Reason.ZERO: {
        "en": "Nothing was consumed in {days:.0f} days; {typical:.0f} units are typical.",
        "hi": "{days:.0f} दिन में कोई खपत नहीं हुई; आम तौर पर {typical:.0f} यूनिट होती हैं।",
    },
    Reason.LIKELY_MISREAD: {
        "en": "It may be a misread digit: the photo also supports {suggested} ({probability:.1%}), which fits the "
        "earlier readings.",
        "hi": "शायद कोई अंक ग़लत पढ़ा गया: फ़ोटो से {suggested} भी संभव है ({probability:.1%}), जो पिछली रीडिंग से मेल खाता है।",
    },
    Reason.ONE_DIGIT_OFF: {
        "en": "It may be a misread digit: with another digit at place {place} from the left, the reading would fit the "
        "earlier ones. The photo itself supports none.",
        "hi": "शायद कोई अंक ग़लत पढ़ा गया: बाएँ से स्थान {place} पर दूसरा अंक हो तो रीडिंग पिछली रीडिंग से मेल खाती है। "
        "फ़ोटो में ऐसा कोई अंक नहीं दिखता।",
    },
    Reason.LIKELY_METER_CHANGE: {
        "en": "The meter may have been changed: a new one could have counted {value:f} in {days:.0f} days.",
        "hi": "शायद मीटर बदला गया है: नया मीटर {days:.0f} दिन में {value:f} तक पहुँच सकता है।",
    },
    Reason.EARLIER_LIKELY_WRONG: {
        "en": "The reading {later:f} contradicts the unconfirmed one of {earlier_at:%d-%m-%Y}, {earlier:f}; the "
        "earlier one is likelier wrong.",
        "hi": "रीडिंग {later:f} और {earlier_at:%d-%m-%Y} की अपुष्ट रीडिंग {earlier:f} मेल नहीं खातीं; "
        "पहले वाली के ग़लत होने की संभावना ज़्यादा है।",
    },
    Reason.NEW_LIKELY_WRONG: {
        "en": "The reading {later:f} contradicts the unconfirmed one of {earlier_at:%d-%m-%Y}, {earlier:f}; the new "
        "one is likelier wrong.",
        "hi": "रीडिंग {later:f} और {earlier_at:%d-%m-%Y} की अपुष्ट रीडिंग {earlier:f} मेल नहीं खातीं; "
        "नई वाली के ग़लत होने की संभावना ज़्यादा है।",
    },
    Reason.ONE_OF_TWO_WRONG: {
        "en": "The reading {later:f} contradicts the unconfirmed one of {earlier_at:%d-%m-%Y}, {earlier:f}; nothing "
        "tells which of the two is wrong.",
        "hi": "रीडिंग {later:f} और {earlier_at:%d-%m-%Y} की अपुष्ट रीडिंग {earlier:f} मेल नहीं खातीं; "
        "दोनों में से कौन-सी ग़लत है, यह तय नहीं हो सका।",
    },
    Reason.SELF_READINGS: {
        "en": "{run} readings by the consumer since the last visit; after {most} somebody has to visit the meter.",
        "hi": "पिछली जाँच के बाद उपभोक्ता ने {run} बार ख़ुद रीडिंग भेजी है; {most} के बाद कर्मचारी को मीटर देखना होता है।",
    },
    Reason.PROVISIONAL_RUN: {
        "en": "{run} provisional readings in a row come before this one; at most {most} are allowed.",
        "hi": "इससे पहले लगातार {run} अनुमानित रीडिंग हुई हैं; अधिक से अधिक {most} की अनुमति है।",
    },
    Reason.RATE_MISSING: {
        "en": "What the bill may be wrong by cannot be reckoned: {missing}.",
        "hi": "बिल कितना ग़लत हो सकता है, यह नहीं निकाला जा सका: {missing}।",
    },
    Reason.RUPEES_AT_RISK: {
        "en": "The bill may be wrong: the doubt in the digits is worth Rs {at_risk_rs:,.2f}, and at most "
        "Rs {most_rs:,.2f} is accepted unseen.",
        "hi": "बिल ग़लत हो सकता है: अंकों का संदेह ₹{at_risk_rs:,.2f} के बराबर है, बिना देखे अधिक से अधिक ₹{most_rs:,.2f} मान्य है।",
    },
}
