"""``python -m meterocr`` is the ``meterocr`` command."""

from meterocr.cli import main

if __name__ == "__main__":
    main()
