"""A person asks that what is known of them be erased. Bills and their proofs stay, as the law wants them kept."""

from __future__ import annotations

from meterocr.workflow.ports import Store
from meterocr.workflow.ports.photos import Photos
from meterocr.workflow.values.act import Act


def erase_consumer(store: Store, photos: Photos, consumer_id: str, act: Act) -> int:
    """Erase name, address, phones, messages, kept answers, and photos that no bill needs; gives how many photos.

    Killed at any point, it can be done again.

    Raises:
        NotFoundError: there is no such consumer.
        StoreError: a photo cannot be removed.
    """
    with store.read() as uow:  # photos first: once the rows say that all is erased, it is
        loose = uow.privacy.loose_photos(consumer_id)
    for sha256 in loose:
        photos.remove(sha256)
    with store.write() as uow:
        uow.privacy.erase(consumer_id)
        uow.log.write(act, "erase", consumer_id, {"photos": len(loose)})
    return len(loose)
