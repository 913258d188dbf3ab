"""Template components: what people write stays text, wherever a component puts it."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.template import Context, Template
from django_cotton.compiler_regex import CottonCompiler
from django_cotton.templatetags import Attrs

from config.lib import charts

COMPONENTS = Path(__file__).parents[2] / "templates/components"
# The second closes a quoted attribute whichever quotes are around it; the third passes cotton's own {{ attrs }}.
HOSTILE = [
    "<script>alert(1)</script>",
    """X" onclick="alert(1)" y='z' onfocus='alert(1)""",
    '"x" onmouseover="alert(1)"',
    '{"a": "<b>"}',
    "{{ 7|add:7 }}{% now 'Y' %}",
]

# Each component, with its people's text given as its callers would: by a variable, never spelled out in the template.
CASES = {
    "agenda_item": '<c-agenda-item :title="t" :day="t" :hour="t" href="/" :data-x="t">{{ t }}</c-agenda-item>',
    "badge": '<c-badge :count="3" :label="t" :data-x="t" />',
    "banner": '<c-banner :data-x="t">{{ t }}</c-banner>',
    "bar_chart": '<c-bar-chart :chart="bars" :data-x="t" />',
    "bell": '<c-bell :title="t" :data-x="t" />',
    "board_item": '<c-board-item href="/" :data-x="t">{{ t }}</c-board-item>',
    "button": '<c-button :class="t" :data-x="t">{{ t }}</c-button><c-button href="/" :data-x="t">{{ t }}</c-button>',
    "chat_message": '<c-chat-message :entry="said" :data-x="t" />',
    "countdown": '<c-countdown :until="now" :label="t" :data-x="t">{{ t }}</c-countdown>',
    "crowd_head": '<c-crowd-head :head="head" :data-x="t" />',
    "dialog": '<c-dialog id="d" :title="t" :data-x="t">{{ t }}<c-slot name="do">{{ t }}</c-slot></c-dialog>',
    "empty": '<c-empty :title="t" :data-x="t">{{ t }}</c-empty>',
    "fact": '<c-fact icon="info" :more="t" :data-x="t">{{ t }}</c-fact>',
    "facts": '<c-facts :items="items" :data-x="t"><span>{{ t }}</span></c-facts>',
    "field": '<c-field :field="field" />',
    "icon": '<c-icon name="x" />{{ t }}',
    "line": '<c-line :data-x="t">{{ t }}</c-line>',
    "line_chart": '<c-line-chart :chart="lines" :data-x="t" />',
    "live": '<c-live :data-x="t">{{ t }}</c-live>',
    "menu": '<c-menu id="m" :label="t" :data-x="t">{{ t }}</c-menu><c-menu id="n" label="" :word="t" />',
    "menu_item": '<c-menu-item icon="x" :data-x="t">{{ t }}</c-menu-item>',
    "notice": '<c-notice :title="t" :data-x="t">{{ t }}<c-slot name="do">{{ t }}</c-slot></c-notice>',
    "pager": '<c-pager :page="page" :label="t" :data-x="t" />',
    "panel": '<c-panel :title="t" :data-x="t">{{ t }}</c-panel>',
    "people_row": '<c-people-row :people="people" :data-x="t">{{ t }}</c-people-row>',
    "pinup": '<c-pinup :item="put_up" :data-x="t" />',
    "portrait": '<c-portrait :src="t" :name="t" :data-x="t" />',
    "price": '<c-price :sum="t" :data-x="t">{{ t }}</c-price>',
    "queue_item": '<c-queue-item :entry="seat" :place="t" :data-x="t" />',
    "reaction": '<c-reaction name="heart" :label="t" :data-x="t" />',
    "roll_item": '<c-roll-item :entry="seat" :data-x="t" />',
    "room_card": '<c-room-card :card="card" :data-x="t" />',
    "round": '<c-round icon="x" :label="t" :data-x="t" /><c-round icon="x" href="/" :label="t" :data-x="t" />',
    "seat": '<c-seat :entry="seat" :data-x="t" />',
    "section_head": '<c-section-head id="s" :title="t" :all="t" href="/" :data-x="t" />',
    "share": '<c-share :value="t" percent="50" :data-x="t">{{ t }}</c-share>',
    "sheet": '<c-sheet id="s" :label="t" :data-x="t">{{ t }}<c-slot name="head">{{ t }}</c-slot></c-sheet>',
    "skeleton": '<c-skeleton kind="row" />{{ t }}',
    "stat": '<c-stat :value="t" :label="t" :data-x="t">{{ t }}</c-stat>',
    "sums": '<c-sums :gross="sum" :tax="sum" :cost="sum" :net="sum" :data-x="t" />{{ t }}',
    "switch": '<c-switch :label="t" :help="t" :data-x="t" />',
    "tab_panel": '<c-tab-panel id="p" :data-x="t">{{ t }}</c-tab-panel>',
    "tabs": '<c-tabs :tabs="tabs" :label="t" :data-x="t">{{ t }}</c-tabs>',
    "table": '<c-table :label="t" :data-x="t"><tr><td>{{ t }}</td></tr></c-table>',
    "tag": '<c-tag :data-x="t">{{ t }}</c-tag>',
    "ticket": '<c-ticket :title="t" :data-x="t">{{ t }}<c-slot name="stub">{{ t }}</c-slot></c-ticket>',
    "toast": '<c-toast :act="t" :data-x="t">{{ t }}</c-toast>',
    "voice_post": '<c-voice-post :length="t" :when="t" :data-x="t">{{ t }}</c-voice-post>',
    "waveform": '<c-waveform :peaks="peaks" :data-x="t" />{{ t }}',
}
SOME_TIME = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
# Parts of charts, which are drawn with them.
INNER = {"chart_empty", "chart_grid", "chart_words"}


class Reader(HTMLParser):
    """Reads as a browser does: which elements there are, with which attributes, and what is text."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.attributes: dict[str, list[str]] = {}
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        for name, value in attrs:
            self.attributes.setdefault(name, []).append(value or "")

    def handle_data(self, data: str) -> None:
        self.text += data


def a_chart(kind: type[charts.LineChart | charts.BarChart], text: str) -> charts.LineChart | charts.BarChart:
    series = [charts.Series(text, [1, 2]), charts.Series("b", [3, None])]
    return kind([text, "b"], series, title=text, corner=text, written=lambda value: f"{value:g} {text}")


def everything(text: str) -> dict[str, Any]:
    """Return what the cases name, with one text wherever people could have written it."""
    person = {"id": text, "handle": text, "name": text, "portrait": text}
    card = {
        "id": "abc",
        "title": text,
        "description": text,
        "language": "fr",
        "host": person,
        "stage": [person],
        "people": 1,
        "guests": 0,
    }
    other = SimpleNamespace(has_other_pages=True, has_previous=True, has_next=True, number=2, previous_page_number=1)
    return {
        "t": text,
        "items": [text],
        "now": SOME_TIME,
        "people": [person],
        "peaks": [1, 2],
        "card": {**card, "started_at": SOME_TIME, "recording": True},
        "seat": {"person": person, "role": "host", "muted": True, "away": False, "label": text, "name": text},
        "said": {"id": text, "person": person, "text": text, "at": text},
        "put_up": {"id": text, "kind": "link", "url": "/", "person": person, "title": text, "site": text, "text": text},
        "head": {"person": person, "me": True, "raised": True},
        "tabs": [{"id": "p", "label": text, "icon": "x", "count": 2}],
        "page": other,
        "sum": SimpleNamespace(written=text),
        "field": a_field(text),
        "bars": a_chart(charts.BarChart, text),
        "lines": a_chart(charts.LineChart, text),
    }


def a_field(text: str) -> Any:
    from django import forms

    form = forms.Form({"f": text})
    form.fields["f"] = forms.CharField(label=text)
    form.full_clean()
    form.add_error("f", text)
    return form["f"]


def written(source: str, given: dict[str, Any]) -> str:
    """Render a template that was not read from a file, which is where cotton would meet it."""
    return Template(CottonCompiler().process(source)).render(Context(given))


def read(html: str) -> Reader:
    reader = Reader()
    reader.feed(html)
    reader.close()
    return reader


def shown(component: str, text: str) -> Reader:
    return read(written(CASES[component], everything(text)))


def test_each_component_has_a_case() -> None:
    assert {path.stem for path in COMPONENTS.glob("*.html")} == CASES.keys() | INNER


@pytest.mark.parametrize("component", CASES)
def test_hostile_text_makes_no_element_and_no_attribute(component: str) -> None:
    harmless = shown(component, "Ada")
    assert "Ada" in harmless.text + repr(harmless.attributes)
    for text in HOSTILE:
        hostile = shown(component, text)
        assert hostile.elements == harmless.elements, text
        assert hostile.attributes.keys() == harmless.attributes.keys(), text


@pytest.mark.parametrize("component", CASES)
def test_text_arrives_as_it_was_written(component: str) -> None:
    harmless, text = shown(component, "Ada"), HOSTILE[1]
    hostile = shown(component, text)
    # A handle in an address is encoded, and that is all that may happen to it.
    assert hostile.text == harmless.text.replace("Ada", text)
    for name in hostile.attributes:
        expected = [value.replace("Ada", text) for value in harmless.attributes[name]]
        assert hostile.attributes[name] == expected, name


def test_attributes_of_cotton_itself_would_let_a_name_become_an_attribute() -> None:
    """The control: why components write {% rest attrs %}. If this fails, cotton escapes by itself."""
    hostile = HOSTILE[2]
    attrs = Attrs({"data-x": hostile})
    assert "onmouseover" in read(f"<p {attrs}>").attributes
    mended = read(written("{% load site %}<p{% rest attrs %}>", {"attrs": attrs}))
    assert mended.attributes == {"data-x": [hostile]}


def test_rest_writes_true_bare_and_leaves_out_what_is_not() -> None:
    attrs = Attrs({"hidden": True, "disabled": False, "title": None, "tabindex": 0, "lang": ""})
    html = written("{% load site %}<p{% rest attrs %}>", {"attrs": attrs})
    assert html == '<p hidden tabindex="0" lang="">'


def test_component_does_not_see_what_its_page_calls_things() -> None:
    given = {"name": "somebody else", "kind": "bad", "icon": "x"}
    assert "somebody else" not in written('<c-portrait src="/a.svg" />', given)
    assert read(written("<c-tag>new</c-tag>", given)).attributes == {"class": ["tag"]}


@pytest.mark.parametrize("path", sorted(COMPONENTS.glob("*.html")), ids=lambda path: path.stem)
def test_component_escapes_by_the_rules(path: Path) -> None:
    source = path.read_text()
    assert "{{ attrs" not in source, "Write {% rest attrs %}: cotton's own attributes are not escaped."
    # A field's help is written by programmers, some of it as a list (of what a password must be).
    unsafe = [found for found in re.findall(r"\{\{[^}]*\|safe[^}]*\}\}|autoescape", source) if "help_text" not in found]
    assert unsafe == []
    # What a component takes but does not declare would be printed among its attributes.
    assert source.count("<c-vars") <= 1
