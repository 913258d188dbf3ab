"""Joining a style sheet with its imports."""

from __future__ import annotations

import pytest

from config.stylesheet import UnjoinedImportError, join_imports


def join(files: dict[str, str]) -> str:
    return join_imports("site/css/all.css", files.__getitem__)


def test_imports_are_replaced_in_their_order() -> None:
    joined = join(
        {
            "site/css/all.css": '/* The list. */\n@import url("a.css");\n@import url("../../rooms/css/b.css");\n',
            "site/css/a.css": "a { color: red }",
            "rooms/css/b.css": "b { color: blue }",
        }
    )

    assert joined == "a { color: red }\nb { color: blue }\n"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('url("../img/x.png")', 'url("../../rooms/img/x.png")'),
        ("url(x.png)", 'url("../../rooms/css/x.png")'),
        ("url('../../site/fonts/f.woff2')", 'url("../fonts/f.woff2")'),
        ('url("../icons.svg#i-mic")', 'url("../../rooms/icons.svg#i-mic")'),
        ('url("data:image/gif;base64,AA==")', 'url("data:image/gif;base64,AA==")'),
        ('url("/static/x.png")', 'url("/static/x.png")'),
        ('url("#mask")', 'url("#mask")'),
    ],
)
def test_addresses_mean_the_same_after_the_move(written: str, expected: str) -> None:
    joined = join(
        {
            "site/css/all.css": '@import url("../../rooms/css/b.css");',
            "rooms/css/b.css": f"b {{ background: {written} }}",
        }
    )

    assert joined == f"b {{ background: {expected} }}"


def test_imports_of_imports_are_joined_too() -> None:
    joined = join(
        {
            "site/css/all.css": '@import url("deep/a.css");',
            "site/css/deep/a.css": '@import url("b.css");',
            "site/css/deep/b.css": "b { background: url(x.png) }",
        }
    )

    assert joined == 'b { background: url("deep/x.png") }'


@pytest.mark.parametrize("written", ['@import "a.css";', '@import url("a.css") layer(base);', "@import url(a.css);"])
def test_an_import_that_cannot_be_joined_is_refused(written: str) -> None:
    with pytest.raises(UnjoinedImportError) as refused:
        join({"site/css/all.css": written, "site/css/a.css": ""})

    assert str(refused.value) == f'site/css/all.css: write {written} as @import url("file.css");'
