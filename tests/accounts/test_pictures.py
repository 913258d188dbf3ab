"""Pictures of people: what becomes of a file, what is refused, and how the result is served."""

from __future__ import annotations

import struct
import zlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts import pictures
from accounts.errors import PictureTooHeavyError, PictureTooLargeError, PictureUnreadableError
from accounts.models import User
from accounts.pictures import MOST_BYTES, SIZES, is_picture_name, picture_path, picture_url, squares_of
from accounts.selectors.people import drawing_url, person_card, portrait_url
from accounts.services.picture import change_picture, remove_picture

if TYPE_CHECKING:
    from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)

PAGE = "/settings/page/picture/"
RED, BLUE = (220, 30, 30), (30, 30, 220)


def written(format_: str, size: tuple[int, int] = (300, 200), colour: Any = RED, **options: Any) -> bytes:
    data = BytesIO()
    Image.new(options.pop("mode", "RGB"), size, colour).save(data, format_, **options)
    return data.getvalue()


def halves(size: tuple[int, int], **options: Any) -> bytes:
    """Return a JPEG whose left half is red and whose right half is blue."""
    image, data = Image.new("RGB", size, RED), BytesIO()
    image.paste(BLUE, (size[0] // 2, 0, *size))
    image.save(data, "JPEG", quality=95, **options)
    return data.getvalue()


def opened(square: bytes) -> Image.Image:
    return Image.open(BytesIO(square), formats=["WEBP"])


def near(colour: Any, wanted: tuple[int, int, int]) -> bool:
    return all(abs(one - other) < 40 for one, other in zip(colour, wanted, strict=False))


def bomb(width: int, height: int) -> bytes:
    """Return a PNG of a few bytes that says it is that large."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")


def files() -> set[str]:
    folder = Path(settings.MEDIA_ROOT) / "pictures"
    return {f"{path.parent.name}/{path.name}" for path in folder.glob("*/*")}


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF"])
def test_every_format_becomes_squares(format_: str) -> None:
    squares = squares_of(BytesIO(written(format_)))
    assert {size: (opened(data).format, opened(data).size) for size, data in squares.items()} == {
        size: ("WEBP", (size, size)) for size in SIZES
    }
    assert near(opened(squares[64]).convert("RGB").getpixel((32, 32)), RED)


@pytest.mark.parametrize("format_", ["BMP", "TIFF", "ICO", "PPM"])
def test_other_formats_are_refused(format_: str) -> None:
    with pytest.raises(PictureUnreadableError):
        squares_of(BytesIO(written(format_)))


def test_middle_is_cut_out() -> None:
    # Three times as wide as high: of the outer thirds nothing is left.
    wide = Image.new("RGB", (900, 300), BLUE)
    wide.paste(RED, (300, 0, 600, 300))
    data = BytesIO()
    wide.save(data, "PNG")
    square = opened(squares_of(data_at_start(data))[512]).convert("RGB")
    assert [near(square.getpixel(place), RED) for place in ((8, 8), (256, 256), (503, 503))] == [True] * 3


def data_at_start(data: BytesIO) -> BytesIO:
    data.seek(0)
    return data


def test_picture_stands_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # Turned by 90° clockwise, as telephones write it.
    square = opened(squares_of(BytesIO(halves((400, 400), exif=exif)))[256]).convert("RGB")
    # Red was left, and is above now.
    assert (near(square.getpixel((128, 20)), RED), near(square.getpixel((128, 236)), BLUE)) == (True, True)


def test_nothing_but_the_picture_is_kept() -> None:
    exif = Image.Exif()
    exif[0x010E] = "Home, 48.39 N"
    sent = written("JPEG", exif=exif, comment=b"secret", icc_profile=b"profile" * 20)
    assert b"48.39" in sent
    for data in squares_of(BytesIO(sent)).values():
        assert (opened(data).info.keys() & {"exif", "icc_profile", "xmp", "comment"}, b"48.39" in data) == (
            set(),
            False,
        )


def test_what_shines_through_still_does() -> None:
    square = opened(squares_of(BytesIO(written("PNG", mode="RGBA", colour=(220, 30, 30, 0))))[64])
    assert (square.mode, square.getpixel((5, 5))[3]) == ("RGBA", 0)  # type: ignore[index]


@pytest.mark.parametrize(
    ("mode", "format_"), [("L", "PNG"), ("1", "PNG"), ("P", "GIF"), ("CMYK", "JPEG"), ("I;16", "PNG"), ("LA", "PNG")]
)
def test_every_way_to_write_colours(mode: str, format_: str) -> None:
    assert set(squares_of(BytesIO(written(format_, mode=mode, colour=None)))) == set(SIZES)


def test_first_frame_of_one_that_moves() -> None:
    data = BytesIO()
    Image.new("RGB", (80, 80), RED).save(data, "GIF", save_all=True, append_images=[Image.new("RGB", (80, 80), BLUE)])
    square = opened(squares_of(data_at_start(data))[64])
    assert (near(square.convert("RGB").getpixel((9, 9)), RED), getattr(square, "n_frames", 1)) == (True, 1)


def test_bytes_at_below_and_above_the_limit() -> None:
    picture = written("PNG")
    for missing in (1, 0):
        squares_of(BytesIO(picture + b"\0" * (MOST_BYTES - len(picture) - missing)))
    with pytest.raises(PictureTooHeavyError):
        squares_of(BytesIO(picture + b"\0" * (MOST_BYTES - len(picture) + 1)))


def test_pixels_at_below_and_above_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 300 * 200)
    for size in ((299, 200), (300, 200)):
        squares_of(BytesIO(written("PNG", size)))
    with pytest.raises(PictureTooLargeError):
        squares_of(BytesIO(written("PNG", (301, 200))))


@pytest.mark.parametrize(
    ("width", "height"), [(40_001, 1_000), (10_000, 9_000), (20_000, 20_000), (2**31 - 1, 2**31 - 1)]
)
def test_bomb_is_not_decoded(width: int, height: int, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[bool] = []
    monkeypatch.setattr("PIL.ImageFile.ImageFile.load", lambda _: decoded.append(True))
    with pytest.raises(PictureTooLargeError):
        squares_of(BytesIO(bomb(width, height)))
    assert decoded == []


def test_one_pixel_is_a_picture() -> None:
    assert set(squares_of(BytesIO(written("PNG", (1, 1))))) == set(SIZES)


@pytest.mark.parametrize("format_", ["JPEG", "PNG", "WEBP", "GIF"])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_file_is_refused(format_: str, share: float) -> None:
    image = Image.effect_noise((300, 200), 80).convert("RGB")
    data = BytesIO()
    image.save(data, format_)
    whole = data.getvalue()
    with pytest.raises(PictureUnreadableError):
        squares_of(BytesIO(whole[: int(len(whole) * share)]))


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"GIF89a",
        b"\x89PNG\r\n\x1a\n",
        b"\xff\xd8\xff\xe0",
        b"RIFF\x04\0\0\0WEBP",
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"%PDF-1.4",
        b"\0\0\0\x18ftypheic\0\0\0\0mif1heic",
        b"<html><script>alert(1)</script>",
    ],
)
def test_file_that_is_none_is_refused(sent: bytes) -> None:
    with pytest.raises(PictureUnreadableError):
        squares_of(BytesIO(sent))


def test_picture_is_shown_instead_of_the_drawing(maiwenn: User, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("rooms.services.people.person_changed", lambda person: told.append(person.picture))
    assert portrait_url(maiwenn) == drawing_url(maiwenn.public_id)
    person = change_picture(maiwenn, sent=BytesIO(written("JPEG")))
    assert is_picture_name(person.picture)
    assert person_card(person)["portrait"] == portrait_url(person) == picture_url(person.picture, 256)
    assert portrait_url(person, 64) == f"/uploads/pictures/{person.picture}/64.webp"
    assert files() == {f"{person.picture}/{size}.webp" for size in SIZES}

    second = change_picture(person, sent=BytesIO(written("PNG", colour=BLUE)))
    assert second.picture != person.picture
    assert files() == {f"{second.picture}/{size}.webp" for size in SIZES}

    gone = remove_picture(second)
    assert (gone.picture, files(), portrait_url(gone)) == ("", set(), drawing_url(maiwenn.public_id))
    assert told == [person.picture, second.picture, ""]
    assert remove_picture(gone).picture == ""


def test_failed_change_leaves_all_as_it_was(maiwenn: User, monkeypatch: pytest.MonkeyPatch) -> None:
    person = change_picture(maiwenn, sent=BytesIO(written("PNG")))
    before = files()

    def fail(_: User) -> None:
        raise RuntimeError

    monkeypatch.setattr("rooms.services.people.person_changed", fail)
    with pytest.raises(RuntimeError):
        change_picture(person, sent=BytesIO(written("PNG", colour=BLUE)))
    with pytest.raises(RuntimeError):
        remove_picture(person)
    person.refresh_from_db()
    assert (files(), f"{person.picture}/64.webp" in before) == (before, True)


def test_storage_that_fails_leaves_no_half_picture(maiwenn: User, monkeypatch: pytest.MonkeyPatch) -> None:
    saved: list[str] = []
    save = default_storage.save

    def full(name: str, content: Any) -> str:
        if len(saved) == 2:
            raise OSError(28, "No space left on device")
        saved.append(save(name, content))
        return saved[-1]

    monkeypatch.setattr(default_storage, "save", full)
    with pytest.raises(OSError, match="No space"):
        change_picture(maiwenn, sent=BytesIO(written("PNG")))
    assert (len(saved), files(), User.objects.get(pk=maiwenn.pk).picture) == (2, set(), "")


def test_old_file_that_cannot_be_deleted_spoils_nothing(maiwenn: User, monkeypatch: pytest.MonkeyPatch) -> None:
    person = change_picture(maiwenn, sent=BytesIO(written("PNG")))

    def fail(_: str) -> None:
        raise PermissionError

    monkeypatch.setattr(default_storage, "delete", fail)
    assert remove_picture(person).picture == ""


def upload(data: bytes, name: str = "me.jpg", content_type: str = "image/jpeg") -> dict[str, Any]:
    return {"picture": SimpleUploadedFile(name, data, content_type)}


def test_form_takes_a_picture_and_takes_it_away(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    # What it is called and says it is does not matter: it is a PNG.
    answer = browser.post(PAGE, upload(written("PNG")))
    assert (answer.status_code, answer["Location"]) == (302, "/settings/page/")
    maiwenn.refresh_from_db()
    page = browser.get("/settings/page/").content.decode()
    assert portrait_url(maiwenn) in page
    assert f"/uploads/pictures/{maiwenn.picture}/512.webp" in browser.get(f"/@{maiwenn.handle}/").content.decode()

    browser.post(PAGE, {"remove": "1"})
    maiwenn.refresh_from_db()
    assert (maiwenn.picture, files()) == ("", set())


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"<svg/>", "This is no picture that we can read. Choose a JPEG, PNG, WebP or GIF."),
        (b"", "This is no picture that we can read. Choose a JPEG, PNG, WebP or GIF."),
        (bomb(9_000, 9_000), "The picture has more than 40 million pixels. Save it smaller first."),
        (b"\0" * (MOST_BYTES + 1), "The file is larger than 8 MB. Choose a smaller one, or save it smaller first."),
    ],
    ids=["drawing", "empty", "bomb", "heavy"],
)
def test_form_says_what_is_wrong(browser: Client, maiwenn: User, data: bytes, text: str) -> None:
    browser.force_login(maiwenn)
    page = browser.post(PAGE, upload(data), headers={"accept-language": "en"})
    assert (page.status_code, page.context["picture_form"].errors) == (422, {"picture": [text]})
    assert page.context["form"].is_bound is False


def test_form_without_a_file(browser: Client, maiwenn: User) -> None:
    browser.force_login(maiwenn)
    assert browser.post(PAGE, {}).status_code == 422


def test_picture_is_served_for_ever_and_as_nothing_else(browser: Client, maiwenn: User) -> None:
    person = change_picture(maiwenn, sent=BytesIO(written("PNG")))
    answer = browser.get(portrait_url(person, 64))
    assert answer.status_code == 200
    assert {name: answer[name] for name in ("Content-Type", "Cache-Control", "X-Content-Type-Options")} == {
        "Content-Type": "image/webp",
        "Cache-Control": "public, max-age=31536000, immutable",
        "X-Content-Type-Options": "nosniff",
    }
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert ("Set-Cookie" in answer, "Vary" in answer) == (False, False)
    assert opened(answer.content).size == (64, 64)
    head = browser.head(portrait_url(person, 64))
    assert (head.status_code, head.content, head["Content-Length"]) == (200, b"", answer["Content-Length"])
    assert browser.post(portrait_url(person, 64)).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "/uploads/",
        "/uploads/pictures/",
        "/uploads/pictures/{name}/",
        "/uploads/pictures/{name}/65.webp",
        "/uploads/pictures/{name}/64.webp/",
        "/uploads/pictures/{name}/64.png",
        "/uploads/pictures/{name}/064.webp",
        "/uploads/pictures/" + "0" * 32 + "/64.webp",
        "/uploads/pictures/../secret_key",
        "/uploads/pictures/%2e%2e/secret_key",
        "/uploads/pictures/{name}/../../secret.txt",
        "/uploads/secret.txt",
        "/uploads//etc/passwd",
    ],
)
def test_nothing_else_is_served(browser: Client, maiwenn: User, path: str) -> None:
    person = change_picture(maiwenn, sent=BytesIO(written("PNG")))
    (Path(settings.MEDIA_ROOT) / "secret.txt").write_text("secret")
    answer = browser.get(path.format(name=person.picture))
    assert (answer.status_code, answer.content, answer["Cache-Control"]) == (404, b"", "no-store")


def test_pictures_cost_no_query(browser: Client, maiwenn: User, django_assert_num_queries: Any) -> None:
    person = change_picture(maiwenn, sent=BytesIO(written("PNG")))
    browser.force_login(person)
    with django_assert_num_queries(0):
        assert browser.get(portrait_url(person)).status_code == 200


def test_path_in_the_storage() -> None:
    assert picture_path("0" * 32, 64) == "pictures/" + "0" * 32 + "/64.webp"
