"""Texts of the pages for staff: English, Hindi."""

from __future__ import annotations

from collections.abc import Mapping

STAFF: Mapping[str, tuple[str, str]] = {
    "staff_title": ("For staff", "कर्मचारियों के लिए"),
    "staff_lead": ("Log in with your key.", "अपनी कुंजी से लॉग इन करें।"),
    "staff_hello": ("Logged in as {name}.", "{name} के रूप में लॉग इन।"),
    "staff_key": ("Key", "कुंजी"),
    "staff_wrong": (
        "This key opens nothing here. It needs the scope review, visit or admin.",
        "इस कुंजी से यहाँ कुछ नहीं खुलता। इसमें review, visit या admin अधिकार होना चाहिए।",
    ),
    "staff_home_desk": ("Review desk", "समीक्षा"),
    "staff_lead_desk": ("Decide doubtful readings", "संदिग्ध रीडिंग तय करें"),
    "staff_home_round": ("Today's round", "आज का दौरा"),
    "staff_lead_round": ("Photos, locked doors and phones, without network too", "फ़ोटो, बंद घर और फ़ोन, नेटवर्क के बिना भी"),
    "staff_home_board": ("Office board", "कार्यालय बोर्ड"),
    "staff_lead_board": ("How it goes", "काम की स्थिति"),
    "desk_title": ("Review desk", "समीक्षा"),
    "desk_empty": ("Nothing waits. Well done.", "कोई फ़ोटो बाकी नहीं है। बहुत बढ़िया।"),
    "desk_count": ("{count} photos wait", "{count} फ़ोटो बाकी हैं"),
    "desk_start": ("Start with the first one", "पहली से शुरू करें"),
    "desk_at_risk": ("at risk", "जोखिम"),
    "desk_read": ("Read", "पढ़ा गया"),
    "desk_why": ("Why", "कारण"),
    "desk_since": ("Since", "कब से"),
    "desk_photo": ("Photo {id}", "फ़ोटो {id}"),
    "desk_strip": ("The display, straightened", "सीधा किया हुआ डिस्प्ले"),
    "desk_zoom_in": ("Zoom in", "बड़ा करें"),
    "desk_zoom_out": ("Zoom out", "छोटा करें"),
    "desk_turn": ("Rotate", "घुमाएँ"),
    "desk_viewer": ("Photo: arrow keys move it", "फ़ोटो: तीर के बटन से खिसकाएँ"),
    "desk_digits": ("Digits and how sure they are", "अंक और उनकी पक्की संभावना"),
    "desk_candidates": ("Other readings that the photo supports", "फ़ोटो के अनुसार संभव रीडिंग"),
    "desk_before": ("Readings before", "पिछली रीडिंग"),
    "desk_plot": (
        "Earlier readings, and in yellow what was read now: {list}",
        "पिछली रीडिंग, और पीले में अभी पढ़ी गई: {list}",
    ),
    "desk_claim": ("The consumer says it shows {text}", "उपभोक्ता के अनुसार रीडिंग {text} है"),
    "desk_suggested": ("{text} would fit the readings before", "{text} पिछली रीडिंग से मेल खाएगी"),
    "desk_value": ("What the display shows", "डिस्प्ले पर क्या है"),
    "desk_note": ("Note (why it cannot be used)", "टिप्पणी (क्यों काम नहीं आई)"),
    "desk_accept": ("Accept {text}", "{text} स्वीकार करें"),
    "desk_correct": ("Correct", "सही करें"),
    "desk_reject": ("Reject", "अस्वीकार करें"),
    "desk_next": ("Next one", "अगली"),
    "desk_keys": (
        "Keys: A accept, 1–5 a candidate, C correct, R reject, N next, + - zoom, T rotate",
        "बटन: A स्वीकार, 1–5 विकल्प, C सही करें, R अस्वीकार, N अगली, + - ज़ूम, T घुमाएँ",
    ),
    "desk_done": ("This one is decided.", "यह तय हो चुकी है।"),
    "desk_wrong_value": (
        "This meter cannot show that. Please give the digits as on the display.",
        "यह मीटर ऐसा नहीं दिखा सकता। कृपया डिस्प्ले के अंक भरें।",
    ),
    "desk_billed": ("Bill {number} was issued.", "बिल {number} जारी हुआ।"),
    "desk_unbilled": ("The reading is kept; no bill could be made yet.", "रीडिंग दर्ज हुई; बिल अभी नहीं बन सका।"),
    "blind_title": ("Read it again, blindly", "बिना देखे दोबारा पढ़ें"),
    "blind_lead": (
        "What was read before is not shown. This tells how often readings are really wrong.",
        "पहले क्या पढ़ा गया, यह नहीं दिखाया जाता। इससे पता चलता है कि रीडिंग सच में कितनी बार ग़लत होती है।",
    ),
    "blind_unreadable": ("It cannot be read", "पढ़ा नहीं जा सकता"),
    "blind_save": ("Save", "दर्ज करें"),
    "blind_empty": ("No photo of the sample is left.", "नमूने की कोई फ़ोटो बाकी नहीं है।"),
    "estimate_title": ("True error rate", "असली त्रुटि दर"),
    "estimate_accepted": ("Accepted unseen", "बिना देखे स्वीकृत"),
    "estimate_reviewed": ("Decided by people", "लोगों द्वारा तय"),
    "estimate_share": (
        "{wrong} wrong of {audited} read again: between {lower} and {upper}",
        "दोबारा पढ़ी {audited} में से {wrong} ग़लत: {lower} और {upper} के बीच",
    ),
    "estimate_none": ("none read again yet", "अभी कोई दोबारा नहीं पढ़ी गई"),
    "estimate_holds": (
        "Nothing speaks against the model's certificate (at most {risk} wrong).",
        "मॉडल के प्रमाणपत्र (अधिकतम {risk} ग़लत) के विरुद्ध कुछ नहीं मिला।",
    ),
    "estimate_errors": (
        "Warning: more readings are wrong than the certificate promises (at most {risk}).",
        "चेतावनी: प्रमाणपत्र के वादे (अधिकतम {risk}) से ज़्यादा रीडिंग ग़लत हैं।",
    ),
    "estimate_coverage": (
        "Warning: the photos are no longer like those of the certificate: {live} reach the threshold, {certified} did.",
        "चेतावनी: फ़ोटो अब प्रमाणपत्र वाली फ़ोटो जैसी नहीं हैं: {live} सीमा तक पहुँचती हैं, तब {certified} पहुँचती थीं।",
    ),
    "estimate_no_certificate": (
        "The models run without a certificate (METEROCR_SERVE_MAX_RISK).",
        "मॉडल बिना प्रमाणपत्र के चल रहे हैं (METEROCR_SERVE_MAX_RISK)।",
    ),
}
