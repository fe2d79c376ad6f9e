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
}
