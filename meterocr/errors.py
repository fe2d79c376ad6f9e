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


class StoreError(MeterOcrError):
    """The database or the photo folder cannot do what was asked for: full, locked, or of another version."""


class NotFoundError(StoreError):
    """The store has nothing of that name; the message says what was looked for."""


class ConflictError(StoreError):
    """It is there already, or somebody else did the step first: nothing was changed."""
