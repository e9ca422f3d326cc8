"""Pictures from outside: taken in only as pictures, encoded anew, without position, camera or anything behind them."""

import io
import re
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from inbox.errors import MessageRefused

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 82

# A file that is a picture and something else as well: archives, documents, pages and scripts.
_OTHER_FILE = re.compile(
    rb"PK\x03\x04|PK\x05\x06|%PDF-|<\?php|<script|<html|<svg|<!doctype|Rar!\x1a|7z\xbc\xaf\x27\x1c|\x7fELF",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Photo:
    """A picture as it is kept: JPEG bytes and its size in pixels."""

    content: bytes
    width: int
    height: int


def read_photo(content: bytes) -> Photo:
    """Return an uploaded picture encoded anew as JPEG, turned upright and at most 2,000 pixels wide or high.

    Nothing of the old file is copied but the pixels. Raises MessageRefused with photo_too_large (bytes or pixels,
    looked at before anything is decoded), photo_hides_file or not_a_photo.
    """
    if len(content) > MOST_BYTES:
        raise MessageRefused("photo_too_large", limit=MOST_BYTES // 1024 // 1024)
    if _OTHER_FILE.search(content):
        raise MessageRefused("photo_hides_file")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _encoded(content)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, ValueError, SyntaxError) as error:
        raise MessageRefused("not_a_photo") from error


def _encoded(content: bytes) -> Photo:
    with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise MessageRefused("photo_too_large", limit=MOST_BYTES // 1024 // 1024)
        opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(opened)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        plain = Image.new("RGB", upright.size, "white")
        shown = (
            upright.convert("RGBA")
            if "A" in upright.getbands() or "transparency" in upright.info
            else upright
        )
        plain.paste(shown.convert("RGB"), mask=shown.getchannel("A") if shown.mode == "RGBA" else None)
    written = io.BytesIO()
    plain.save(written, "JPEG", quality=_QUALITY)
    return Photo(written.getvalue(), plain.width, plain.height)
