"""Pictures of people: what was sent becomes squares of our own making. Knows no models.

Nothing of the file that came is kept but what it shows: it is decoded, turned upright, cropped and written anew,
without metadata and whatever may hide behind the pixels.
"""

from __future__ import annotations

import re
import struct
from io import BytesIO
from typing import IO, TYPE_CHECKING, Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageOps

from accounts.errors import PictureTooHeavyError, PictureTooLargeError, PictureUnreadableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SIZES: Final = (64, 128, 256, 512)
# The one that most places ask for: 64 to 88 pixels, on screens that have three for one.
USUAL_SIZE: Final = 256
MOST_BYTES: Final = 8 * 1024 * 1024
MOST_PIXELS: Final = 40_000_000
FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF")
ACCEPTED: Final = "image/jpeg,image/png,image/webp,image/gif"
FOLDER: Final = "pictures"
_NAME = re.compile(r"[0-9a-f]{32}", re.ASCII)
# What Pillow's decoders raise over broken files, beside its own errors.
_BROKEN = (OSError, SyntaxError, ValueError, TypeError, LookupError, ArithmeticError, EOFError, struct.error)
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)


def is_picture_name(name: str) -> bool:
    """Say whether a picture can have this name."""
    return _NAME.fullmatch(name) is not None


def picture_path(name: str, size: int) -> str:
    """Return where a picture lies in the storage."""
    return f"{FOLDER}/{name}/{size}.webp"


def picture_url(name: str, size: int = USUAL_SIZE) -> str:
    """Return the address of a picture."""
    return f"{settings.MEDIA_URL}{picture_path(name, size)}"


def squares_of(sent: IO[bytes]) -> dict[int, bytes]:
    """Return the picture as a WebP square in each size.

    Raises PictureTooHeavyError, PictureTooLargeError (more pixels than MOST_PIXELS, counted before any is decoded) or
    PictureUnreadableError (no JPEG, PNG, WebP or GIF whatever its name says, or broken).
    """
    data = sent.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise PictureTooHeavyError
    square = _square(BytesIO(data))
    return {size: _webp(square, size) for size in SIZES}


def shown_in(data: IO[bytes], fit: Callable[[Image.Image], Image.Image], *, draft: tuple[int, int]) -> Image.Image:
    """Return what a file shows, upright and fitted, without anything beside its pixels.

    A JPEG is decoded no larger than twice `draft`. Raises PictureTooLargeError, PictureUnreadableError.
    """
    try:
        with Image.open(data, formats=FORMATS) as image:
            if image.width * image.height > MOST_PIXELS:
                raise PictureTooLargeError
            # A JPEG can be decoded smaller at once: less memory, less time.
            image.draft("RGB", (2 * draft[0], 2 * draft[1]))
            image.load()
            upright = ImageOps.exif_transpose(image)
            shown = upright.convert("RGBA" if upright.has_transparency_data else "RGB")
        fitted = fit(shown)
        # A new image: profiles and comments travel with the old one.
        bare = Image.new(fitted.mode, fitted.size)
        bare.paste(fitted)
    except _BOMBS as error:
        raise PictureTooLargeError from error
    except _BROKEN as error:
        raise PictureUnreadableError from error
    return bare


def _square(data: IO[bytes]) -> Image.Image:
    """Return the middle of the picture in the largest size."""
    side = (SIZES[-1], SIZES[-1])
    return shown_in(data, lambda shown: ImageOps.fit(shown, side, Image.Resampling.LANCZOS), draft=side)


def _webp(square: Image.Image, size: int) -> bytes:
    written = BytesIO()
    square.resize((size, size), Image.Resampling.LANCZOS).save(written, "WEBP", quality=82, method=4)
    return written.getvalue()


def store(name: str, squares: Mapping[int, bytes]) -> None:
    """Write a picture's files."""
    for size, data in squares.items():
        default_storage.save(picture_path(name, size), ContentFile(data))


def discard(name: str) -> None:
    """Delete a picture's files, as far as they are there."""
    for size in SIZES:
        default_storage.delete(picture_path(name, size))
