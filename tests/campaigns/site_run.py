"""A run with the site's own processes: Daphne and Celery are killed while browsers buy, and then left to settle it all.

What time does by itself is done while nobody works, as a jump of the clock must not end a lease under the hands of who
has it: all programs are killed once more, a day passes, they start, and what is left to do is theirs.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from rooms.bot.login import log_in
from rooms.models import Room
from tests.campaigns import run_frame as frame
from tests.campaigns import seats_verdict as verdicts
from tests.campaigns.processes import Crew, Part, in_child, start
from tests.campaigns.run_frame import DATABASE, Course, Plan
from tests.campaigns.seats_life import Life
from tests.campaigns.seats_people import Visitor
from tests.campaigns.site_browser import Browser
from tests.campaigns.site_programs import Programs
from ticketing.devstripe import controls
from ticketing.devstripe.events import Manner

if TYPE_CHECKING:
    import random

    from tests.campaigns.seats_scene import Scene

# A page takes longer than a service, so fewer things happen in a run.
LIFE = {"pause": 0.5, "call_off": 0.4}
# When time has passed, the programs have so long for what is left.
SETTLE_SECONDS = 40


def through_site(plan: Plan, scene: Scene, chance: random.Random) -> Course:
    """Let browsers buy while programs die; then let the programs settle what is left."""
    programs = Programs(scene.folder, DATABASE)
    scene = replace(scene, ports=programs.ports, sessions=in_child(lambda: _sessions(scene)))
    crew, people = Crew(programs.parts(plan.without), chance), Crew(_people(plan, scene), chance)
    sampler = Crew([Part("sampler", lambda _seed: start(lambda: verdicts.keep_sampling(scene)))], chance)
    try:
        crew.start()
        programs.wait()
        sampler.start()
        people.start()
        killed = crew.let_die(plan.seconds, plan.calm)
        people.end()
        # Webhooks come again; what was lost stays lost.
        in_child(lambda: controls.deliver_in_manner(Manner()))
        reconciled = verdicts.settle(lambda: _sweep(crew, programs), in_child)
    finally:
        for each in (people, sampler, crew):
            each.end()
    with (scene.folder / "errors").open("a") as file:
        file.writelines(f"{fault}\n" for fault in programs.faults())
    return Course(killed, reconciled)


def _people(plan: Plan, scene: Scene) -> list[Part]:
    def visitor(place: int) -> Part:
        mine = frame.counting(scene, place)
        return Part("people", lambda seed: start(Visitor(mine, seed, Browser(mine, seed)).run))

    mine = frame.counting(scene, plan.web)
    life = Part("life", lambda seed: start(Life(mine, seed, Browser(mine, seed), **LIFE).run))
    return [*map(visitor, range(plan.web)), life]


def _sessions(scene: Scene) -> dict[int, str]:
    hosts = [room.host for room in Room.objects.filter(public_id__in=scene.rooms).select_related("host")]
    return {person.pk: log_in(person) for person in (*scene.people, *hosts)}


def _sweep(crew: Crew, programs: Programs) -> None:
    """Let a day pass, and the programs do what is due then."""
    if not in_child(verdicts.work_left):
        return
    crew.end()
    in_child(verdicts.let_time_pass)
    crew.start()
    programs.wait()
    until = time.monotonic() + SETTLE_SECONDS
    while time.monotonic() < until and in_child(verdicts.work_left):
        time.sleep(1)
