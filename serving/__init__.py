"""The server: photos in, readings out, over HTTP. BentoML runs it; everything the outside sees is FastAPI.

Nothing here travels in the wheel. The library is below and knows nothing of it.
"""

from __future__ import annotations

import os

os.environ["BENTOML_DO_NOT_TRACK"] = "True"  # before bentoml is imported for the first time
