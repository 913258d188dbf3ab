"""Seats sold in rooms that are much too small, while processes die: `make campaign-seats ARGS="--runs 20"`.

Each run: people in several processes try to get the few seats of some rooms, jobs run in another process, and again and
again one of them is killed (SIGKILL) and started anew. Webhooks come late, twice, in any order or never. Then time
passes, a sweep and a reconciliation follow, and nothing may be left that does not fit (seats_verdict). An attempt is
one person's try to get a seat. Totals add up over runs in a JSON file; the last line is JSON.

With `--site` (`make campaign-site`) people come over HTTP to Daphne, Celery's workers and clock do the jobs, events
arrive over HTTP too, and those are the processes that are killed (site_run).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.campaigns import run_frame as frame
from tests.campaigns.processes import Crew, Part, in_child, start
from tests.campaigns.run_frame import Plan
from tests.servers.environment import Servers

if TYPE_CHECKING:
    from tests.campaigns.run_frame import Course
    from tests.campaigns.seats_scene import Scene

# What happens beside people's buying: seconds between two things, at most, and how many of a hundred call a room off.
LIFE = {"pause": 0.06, "call_off": 0.1}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each run")
    parser.add_argument("--web", type=int, default=4, help="processes in which people buy")
    parser.add_argument("--calm", type=float, default=1.0, help="seconds between two deaths, on average")
    parser.add_argument("--site", action="store_true", help="with Daphne and Celery, over HTTP")
    parser.add_argument("--without", default="", help="the program of the site that is not started: a control")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--totals", type=Path, help="a JSON file in which all runs are added up")
    parser.add_argument("--notes", type=Path, help="a file to which each violation is appended at once")
    given = parser.parse_args()
    seed = given.seed if given.seed is not None else random.randrange(1_000_000)
    with tempfile.TemporaryDirectory() as folder:
        totals = campaign(
            [
                Plan(seed + number, given.seconds, given.web, given.calm, given.site, given.without)
                for number in range(given.runs)
            ],
            Path(folder),
            notes=given.notes,
            totals=given.totals,
        )
    print(json.dumps(totals))
    sys.exit(1 if totals["violations"] else 0)


def campaign(plans: list[Plan], folder: Path, *, notes: Path | None, totals: Path | None) -> dict[str, int]:
    """Make all runs; return their totals."""
    servers = Servers()
    servers.start()
    try:
        frame.begin()
        sums: Counter[str] = Counter()
        for plan in plans:
            found = one_run(plan, folder / str(plan.seed))
            _say(plan, found, notes)
            sums.update(found["counts"])
            if totals is not None:
                _add_up(totals, found["counts"])
        return dict(sums)
    finally:
        frame.end()
        servers.stop()


def one_run(plan: Plan, folder: Path) -> dict[str, Any]:
    """Let people buy while processes die, and judge. All that opens a connection happens in a child."""
    folder.mkdir(parents=True)
    chance = random.Random(plan.seed)
    scene = frame.scene_of(plan, folder, chance)
    course = _through_site(plan, scene, chance) if plan.site else _through_services(plan, scene, chance)
    verdict, events = in_child(lambda: frame.judge(scene, course.reconciled))
    sampled = (folder / "sampled").read_text().splitlines() if (folder / "sampled").exists() else []
    verdict.miscounted += sampled
    errors = _errors(folder / "errors")
    counts = frame.counted(scene) | events | {"runs": 1, "kills": course.killed.total(), "faults": errors.total()}
    counts |= {f"kills_{name}": number for name, number in course.killed.items()}
    for name, sentences in asdict(verdict).items():
        counts[name] = len(sentences)
    counts["violations"] = len(verdict.sentences())
    return {"counts": counts, "verdict": verdict, "errors": errors}


def _through_services(plan: Plan, scene: Scene, chance: random.Random) -> Course:
    """Start everybody, kill one after the other for as long as the run lasts, and end all."""
    from tests.campaigns import seats_verdict as verdicts
    from tests.campaigns.seats_jobs import run_jobs
    from tests.campaigns.seats_life import Life
    from tests.campaigns.seats_people import Visitor
    from tests.campaigns.seats_ways import Services

    def web(place: int) -> Part:
        mine = frame.counting(scene, place)
        return Part("web", lambda seed: start(Visitor(mine, seed, Services()).run))

    mine = frame.counting(scene, plan.web)
    life = Part("life", lambda seed: start(Life(mine, seed, Services(), **LIFE).run))
    jobs = Part("jobs", lambda seed: start(lambda: run_jobs(scene, seed)))
    crew = Crew([*map(web, range(plan.web)), life, jobs, jobs], chance)
    sampler = Crew([Part("sampler", lambda _seed: start(lambda: verdicts.keep_sampling(scene)))], chance)
    sampler.start()
    crew.start()
    try:
        killed = crew.let_die(plan.seconds, plan.calm)
    finally:
        crew.end()
        sampler.end()
    return frame.Course(killed, in_child(verdicts.settle))


def _through_site(plan: Plan, scene: Scene, chance: random.Random) -> Course:
    from tests.campaigns.site_run import through_site

    return through_site(plan, scene, chance)


def _errors(path: Path) -> Counter[str]:
    """Return each fault, with how often it was."""
    if not path.exists():
        return Counter()
    return Counter(path.read_text().splitlines())


def _say(plan: Plan, found: dict[str, Any], notes: Path | None) -> None:
    shown = {name: count for name, count in found["counts"].items() if count}
    lines = [f"run {plan.seed}: {shown}", *found["verdict"].sentences()]
    lines += [f"fault {count} x {error[:900]}" for error, count in found["errors"].most_common()]
    print("\n  ".join(lines), flush=True)
    if notes is not None and len(lines) > 1:
        with notes.open("a") as file:
            file.writelines(f"[campaign, seed {plan.seed}] {line}\n" for line in lines)


def _add_up(path: Path, counts: dict[str, int]) -> None:
    before = Counter(json.loads(path.read_text()) if path.exists() else {})
    before.update(counts)
    path.write_text(json.dumps(dict(before), indent=1))


if __name__ == "__main__":
    main()
