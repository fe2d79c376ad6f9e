"""``python -m serving``: look whether everything is there, make the tables, then let BentoML start the workers."""

from __future__ import annotations

import os
import sys

from meterocr.composition import Settings, set_up
from meterocr.errors import MeterOcrError
from serving.beside import whatsapp_or_none
from serving.settings import ServeSettings

USAGE = 2


def main() -> None:
    """Start, or say in one line what is wrong."""
    try:
        settings, office = ServeSettings.from_environment(), Settings.from_environment()
        set_up(office)
        whatsapp_or_none()
    except MeterOcrError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(USAGE)
    arguments = ["serve", "serving.service:MeterOcr", "--host", settings.host, "--port", str(settings.port)]
    arguments += ["--timeout-graceful-shutdown", str(settings.stop_s)]
    # What BentoML writes, the figures of its workers among it, is of this server and of no other one of this user.
    os.environ.setdefault("BENTOML_HOME", str(office.home.absolute() / "bentoml"))
    # What uvicorn believes; one that stands in the environment of the operator would say something else.
    os.environ["FORWARDED_ALLOW_IPS"] = ",".join(settings.proxies)
    # Photos are decoded in many threads; with glibc's memory for each of them, a worker would go on growing.
    os.environ.setdefault("MALLOC_ARENA_MAX", "2")
    os.execv(sys.executable, [sys.executable, "-m", "bentoml", *arguments])  # noqa: S606 - our own arguments


if __name__ == "__main__":
    main()
