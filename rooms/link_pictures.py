"""Pictures of linked pages, made anew and kept by us: whoever looks at a board tells nobody else of it."""

from __future__ import annotations

import re
import secrets
from io import BytesIO

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import ImageOps

from accounts.errors import PictureTooHeavyError, PictureTooLargeError, PictureUnreadableError
from accounts.pictures import shown_in

KINDS = ("image/jpeg", "image/png", "image/webp", "image/gif")
MOST_BYTES = 4 * 1024 * 1024
# What most sites make for such cards is 1.91 to 1; this is twice the width of the sheet's.
SIZE = (640, 336)
FOLDER = "link-pictures"
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)


def keep_picture(data: bytes) -> str:
    """Make a card's picture of it and keep that; return its name, empty for what is no picture."""
    try:
        card = shown_in(BytesIO(data), lambda shown: ImageOps.fit(shown, SIZE), draft=SIZE)
    except (PictureTooHeavyError, PictureTooLargeError, PictureUnreadableError):
        return ""
    written = BytesIO()
    card.save(written, "WEBP", quality=78, method=4)
    name = secrets.token_hex(16)
    default_storage.save(_path(name), ContentFile(written.getvalue()))
    return name


def picture_bytes(name: str) -> bytes | None:
    """Return a kept picture, None if there is none."""
    if not _NAME.fullmatch(name):
        return None
    try:
        with default_storage.open(_path(name)) as file:
            data: bytes = file.read()
            return data
    except FileNotFoundError:
        return None


def drop_picture(name: str) -> None:
    """Delete a kept picture, as far as it is there."""
    if _NAME.fullmatch(name):
        default_storage.delete(_path(name))


def _path(name: str) -> str:
    return f"{FOLDER}/{name}.webp"
