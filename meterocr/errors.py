"""Everything meterocr raises on purpose, in one tree.

::

    MeterOcrError                 catch this to catch everything of ours
    ├── PhotoError                what was given is not a photo that can be read
    │   └── PhotoTooLargeError    more pixels than the reader accepts
    ├── ModelError                a model file is missing, altered, or not of the expected form
    ├── MeteringError             readings from which no consumption can be made
    ├── SettingError              an option has a value that makes no sense
    ├── TariffError               a tariff file is not of the expected form, or a required rate is missing
    ├── BillError                 a bill cannot be made of what was given, or not do the step that was asked for
    ├── DeliveryError             a message was not handed over; what to do about it is in the kind of error
    │   ├── NotReachableError     the phone does not have this channel: use another
    │   ├── WindowClosedError     a free-form message outside the 24-hour window: send it as a template
    │   ├── ThrottledError        too fast: wait as long as it says, then send again
    │   ├── ChannelDownError      the other side is out of order for now; surely not accepted: send again later
    │   ├── UncertainError        the answer was lost: perhaps accepted, so look for its status before sending again
    │   ├── ChannelStoppedError   nothing goes until a person acts, such as a new access token
    │   └── RefusedError          this message will never be accepted as it is
    ├── LinkError                 a link to a bill was not signed by us, or is over
    ├── WebhookError              what came in is not a webhook of the other side, or not signed by it
    ├── ServerError               the server did not do what the client asked it for
    └── StoreError                the database or the photo folder cannot do what was asked for
        ├── NotFoundError         there is no such consumer, connection, bill, ...
        └── ConflictError         it is there already, or somebody else was first

A photo without a readable counter is not an error: it is a
:class:`~meterocr.readout.Readout` with :attr:`~meterocr.readout.Readout.issues`.
"""


class MeterOcrError(Exception):
    """Base of all errors that meterocr raises on purpose."""


class PhotoError(MeterOcrError):
    """The input is not a photo that can be decoded; the message says what was expected and what came."""


class PhotoTooLargeError(PhotoError):
    """The photo has more pixels than :data:`meterocr.vision.image.MAX_PIXELS`."""


class ModelError(MeterOcrError):
    """A model file is missing, does not match its checksum, or does not describe itself as expected."""


class MeteringError(MeterOcrError):
    """Readings do not belong together or leave a gap, so that no consumption can be made from them."""


class SettingError(MeterOcrError):
    """An option has a value outside its documented range."""


class TariffError(MeterOcrError):
    """A tariff file is not of the expected form, or a rate that a bill needs is missing; the message names it."""


class BillError(MeterOcrError):
    """A bill cannot be made of what was given, or its state does not allow the step that was asked for."""


class DeliveryError(MeterOcrError):
    """A message was not handed over. The message never holds a whole phone number.

    Attributes:
        code: what the other side calls it; ``None`` where it did not say.
    """

    def __init__(self, message: str, *, code: int | None = None) -> None:
        super().__init__(message)
        self.code = code


class NotReachableError(DeliveryError):
    """The recipient cannot get messages on this channel; another one, such as SMS, may reach them."""


class WindowClosedError(DeliveryError):
    """A free-form message more than 24 hours after the recipient last wrote; only a template may go."""


class ThrottledError(DeliveryError):
    """Too many messages; surely not accepted.

    Attributes:
        wait_s: seconds to wait before the next attempt, at least.
        recipient_only: whether only messages to this recipient must wait.
    """

    def __init__(self, message: str, *, code: int | None = None, wait_s: int, recipient_only: bool) -> None:
        super().__init__(message, code=code)
        self.wait_s = wait_s
        self.recipient_only = recipient_only


class ChannelDownError(DeliveryError):
    """The other side is out of order or out of reach; the message was surely not accepted."""


class UncertainError(DeliveryError):
    """The request went out and no answer came back: the message may have been accepted or not."""


class ChannelStoppedError(DeliveryError):
    """Nothing can be sent until a person acts: the token, a permission, the payment or the account itself."""


class RefusedError(DeliveryError):
    """The other side will not accept this message as it is, however often it is sent."""


class LinkError(MeterOcrError):
    """A link to a bill is not as it was signed, or its time is over."""


class WebhookError(MeterOcrError):
    """What came in is not a webhook of the expected form, or its signature is not right."""


class ServerError(MeterOcrError):
    """The server refused a request of :class:`meterocr.Client`, stayed busy, or cannot be reached.

    Attributes:
        status: of HTTP; 0 where no answer came.
        code: what kind of failure it is, such as ``forbidden``.
        request_id: under which the server logged it; empty where no answer came.
    """

    def __init__(self, message: str, *, status: int, code: str, request_id: str = "") -> None:
        super().__init__(message)
        self.status, self.code, self.request_id = status, code, request_id


class StoreError(MeterOcrError):
    """The database or the photo folder cannot do what was asked for: full, locked, or of another version."""


class NotFoundError(StoreError):
    """The store has nothing of that name; the message says what was looked for."""


class ConflictError(StoreError):
    """It is there already, or somebody else did the step first: nothing was changed."""
