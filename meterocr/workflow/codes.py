"""One-time codes: six digits that prove who has a phone. Kept only as a salted hash."""

from __future__ import annotations

import hashlib
import hmac
import secrets

_ROUNDS = 100_000  # a code has six digits: guessing it from a stolen hash takes some time, and it is soon void


def new_code() -> tuple[str, str]:
    """A code and what is kept of it."""
    code = f"{secrets.randbelow(10**6):06}"
    return code, _hashed(code, secrets.token_hex(16))


def is_code(code: str, code_hash: str) -> bool:
    """Whether this is the code that was kept as ``code_hash``."""
    return hmac.compare_digest(_hashed(code, code_hash.partition("$")[0]), code_hash)


def _hashed(code: str, salt: str) -> str:
    return f"{salt}${hashlib.pbkdf2_hmac('sha256', code.encode(), salt.encode(), _ROUNDS).hex()}"
