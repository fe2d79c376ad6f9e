"""The JSON bodies of POST /messages: templates, and free-form text or document."""

from __future__ import annotations

import re
from collections.abc import Mapping

from meterocr.workflow.messaging import Document, Message
from meterocr.workflow.wording import MessageKind

# Registered with the category utility (the one-time code: authentication), in the languages en and hi, with the bodies
# of meterocr.workflow.wording.template_body; the bill with a document as its header.
TEMPLATES: Mapping[MessageKind, str] = {
    MessageKind.BILL: "meterocr_bill",
    MessageKind.RETAKE: "meterocr_photo_again",
    MessageKind.PHOTO_REQUEST: "meterocr_photo_request",
    MessageKind.ONE_TIME_CODE: "meterocr_one_time_code",
    MessageKind.ANSWER: "meterocr_answer",
}

Json = dict[str, "Json"] | list["Json"] | str | bool


def body(message: Message, media_id: str = "") -> dict[str, Json]:
    """The body for ``message``; ``media_id`` is that of its document or picture, uploaded before."""
    content = _free_form(message, media_id) if message.free_form else _template(message, media_id)
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": message.to,
        "biz_opaque_callback_data": message.key,  # comes back with every status
        **content,
    }


def _free_form(message: Message, media_id: str) -> dict[str, Json]:
    if message.picture is not None:
        return {"type": "image", "image": {"id": media_id, "caption": message.text}}
    if message.document is None:
        return {"type": "text", "text": {"body": message.text, "preview_url": False}}
    return {"type": "document", "document": {**_document(message.document, media_id), "caption": message.text}}


def _template(message: Message, media_id: str) -> dict[str, Json]:
    parameters: list[Json] = [{"type": "text", "text": _one_line(text)} for text in message.parameters]
    components: list[Json] = [{"type": "body", "parameters": parameters}]
    if message.document is not None:
        header: Json = {"type": "document", "document": _document(message.document, media_id)}
        components.insert(0, {"type": "header", "parameters": [header]})
    if message.kind is MessageKind.ONE_TIME_CODE:  # the button that copies the code is a URL button to the API
        components.append({"type": "button", "sub_type": "url", "index": "0", "parameters": parameters})
    return {
        "type": "template",
        "template": {
            "name": TEMPLATES[message.kind],
            "language": {"code": message.language.value, "policy": "deterministic"},
            "components": components,
        },
    }


def _document(document: Document, media_id: str) -> dict[str, Json]:
    return {"id": media_id, "filename": document.file_name}


def _one_line(text: str) -> str:
    """A template refuses line ends, tabs and more than four spaces in a row."""
    return re.sub(r"\s+", " ", text).strip()
