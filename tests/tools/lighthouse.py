"""Lighthouse's scores of our pages, on the assets of production: `make lighthouse` (Chromium, its mobile profile).

Accessibility, best practices and search engines are the same at every run. Performance is simulated from what this
machine measured, and other people's work on it is measured too, hence the median of several runs.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.servers.chromium import chromium_flags, find_chromium
from tests.servers.deployed import Deployed
from tests.tools.node import ROOT, installed, newer_node

if TYPE_CHECKING:
    from collections.abc import Iterable

OURS = ROOT / "tests" / "lighthouse"
# Lighthouse 13 wants at least this.
NODE = (22, 19)
RUNS = 3
# Now and then Chromium gives Lighthouse no trace at all.
TRIES = 3
STEADY = ("accessibility", "best-practices", "seo")
LEAST = {"performance": 95, "accessibility": 100, "best-practices": 95, "seo": 95}
FIGURES = ("first-contentful-paint", "largest-contentful-paint", "interactive", "total-blocking-time")


class Report(NamedTuple):
    """One run: scores of 100, milliseconds, and what kept a score from being full."""

    scores: dict[str, int]
    figures: dict[str, int]
    faults: list[str]


def look_at(url: str, categories: Iterable[str]) -> Report:
    """Let Lighthouse load the page once, in a browser of its own."""
    with tempfile.TemporaryDirectory(prefix="causerie-lighthouse-") as folder:
        target = Path(folder) / "report.json"
        command = [*newer_node(NODE), str(installed(OURS) / "lighthouse" / "cli" / "index.js"), url, "--quiet"]
        command += ["--output=json", f"--output-path={target}", f"--only-categories={','.join(categories)}"]
        command += [f"--chrome-flags={' '.join(['--headless=new', *chromium_flags()])}"]
        environment = os.environ | {"CHROME_PATH": find_chromium()}
        trouble = ""
        for _ in range(TRIES):
            done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
            if done.returncode == 0:
                return _report(json.loads(target.read_text(encoding="utf-8")))
            trouble = done.stderr[-2000:]
        sys.exit(f"Lighthouse failed at {url}: {trouble}")


def _report(raw: dict[str, Any]) -> Report:
    audits = raw["audits"]
    scores = {name: round(100 * (category["score"] or 0)) for name, category in raw["categories"].items()}
    figures = {name: round(audits[name]["numericValue"]) for name in FIGURES if "numericValue" in audits.get(name, {})}
    counted = {ref["id"] for name in scores for ref in raw["categories"][name]["auditRefs"] if ref["weight"]}
    faults = [f"{name}: {audits[name]['title']}" for name in sorted(counted) if audits[name]["score"] not in {None, 1}]
    return Report(scores, figures, faults)


def pages(site: Deployed) -> dict[str, str]:
    """Return the addresses that are looked at: the hallway, a room, somebody's page."""
    with urllib.request.urlopen(site.url, timeout=10) as hallway:  # noqa: S310 - our own page
        room = re.findall(r'href="(/rooms/\w{14}/)"', hallway.read().decode())[0]
    return {"hallway": f"{site.url}/", "room": f"{site.url}{room}", "profile": f"{site.url}/@ines/"}


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="causerie-lighthouse-") as folder:
        site = Deployed(Path(folder) / "var")
        try:
            reports = {name: [look_at(url, LEAST) for _ in range(RUNS)] for name, url in pages(site).items()}
        finally:
            site.stop()
    enough = [_tell(name, runs) for name, runs in reports.items()]
    return 0 if all(enough) else 1


def _tell(name: str, runs: list[Report]) -> bool:
    """Print what the runs of a page gave; say whether it is enough."""
    enough = True
    print(name)
    for category, least in LEAST.items():
        scores = sorted(run.scores[category] for run in runs)
        median = int(statistics.median(scores))
        enough &= median >= least
        print(f"  {category:<24}{median:>5}   of {least} at least; {scores}")
    for figure in FIGURES:
        print(f"  {figure:<24}{int(statistics.median(run.figures[figure] for run in runs)):>5} ms")
    for fault in sorted({fault for run in runs for fault in run.faults}):
        print(f"  — {fault}")
    return enough


if __name__ == "__main__":
    sys.exit(main())
