"""axe-core in the tests' browsers: what it finds wrong on a page, in light and dark."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from tests.tools.node import ROOT, installed

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What depends on colours; the rest is the same in every theme.
RULES_OF_COLOUR = ["color-contrast", "link-in-text-block"]
RUN = """
async ({ type, values }) => {
  const { violations } = await axe.run(document, { runOnly: { type, values }, resultTypes: ["violations"] });
  return violations.map(({ id, help, nodes }) => ({
    id, help, nodes: nodes.map(({ target, failureSummary }) => `${target.join(" ")}: ${failureSummary}`),
  }));
}
"""


def violations(page: Page) -> list[str]:
    """Return what is wrong with the page as it is shown now, in both themes, one line for each place."""
    if not page.evaluate("'axe' in window"):
        # Through the debugger: the site's policy lets no page do that.
        page.evaluate((installed(ROOT) / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    return [*_run(page, "light", "tag", TAGS), *_run(page, "dark", "rule", RULES_OF_COLOUR)]


def _run(page: Page, theme: Literal["light", "dark"], kind: str, values: list[str]) -> list[str]:
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    found: list[dict[str, Any]] = page.evaluate(RUN, {"type": kind, "values": values})
    return [f"{theme} {one['id']}: {node}" for one in found for node in one["nodes"]]
