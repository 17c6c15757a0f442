"""Secrets at rest: encrypted with a key that lives in a file of the state folder, not in the database.

A copy of the database alone (a backup, a dump sent to somebody) gives no device password away.
"""

import os
import secrets as random_secrets
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings

KEY_FILE = "encryption.key"


class UnreadableSecret(Exception):
    """The secret was encrypted with another key: the key file was lost or the database came from elsewhere."""


def encrypt(plain: str) -> str:
    """The secret as URL-safe text, different each time."""
    return _box(_home()).encrypt(plain.encode()).decode()


def decrypt(sealed: str) -> str:
    """What `encrypt` was given. Raises UnreadableSecret."""
    try:
        return _box(_home()).decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise UnreadableSecret(f"not encrypted with the key in {KEY_FILE}") from error


def random_password(length: int = 24) -> str:
    """Letters and digits only: it goes into configuration files of an exchange as it is."""
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(random_secrets.choice(alphabet) for _ in range(length))


def _home() -> Path:
    return Path(settings.HOME)


@lru_cache(maxsize=8)
def _box(home: Path) -> Fernet:
    return Fernet(load_or_make_key(home / KEY_FILE))


def load_or_make_key(path: Path) -> bytes:
    """The key in the file; on the first run it is made, readable by its owner only.

    Several processes may start at once: the file is written aside and linked into place, so the first one wins and the
    others read a whole key.
    """
    try:
        return path.read_bytes().strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.{random_secrets.token_hex(4)}")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(Fernet.generate_key())
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(aside, path)
    except FileExistsError:
        pass
    finally:
        aside.unlink()
    return path.read_bytes().strip()
