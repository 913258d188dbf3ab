"""The site's own programs as `make run` starts them, Daphne and Celery, by the lines of the Procfile."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import subprocess
import sys
import time
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

from honcho.environ import parse_procfile

from config.embedded.leash import die_with_parent
from tests.campaigns.processes import Part
from tests.servers.ports import free_port

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).parents[2]
# How often each dies beside the others: Daphne's first answer costs some seconds of CPU.
WEIGHTS = {"web": 1.0, "jobs": 2.0, "beat": 1.0}
WEB_PROCESSES, JOBS_PROCESSES = 2, 2
UP_SECONDS = 120
ENDED = "ended by itself"
# How the last line of a traceback begins that tells of what is told to people.
TOLD = ("ticketing.errors.", "ticketing.selling_errors.")

# Of a traceback that nobody caught.
_LAST_WORDS = re.compile(r"(\w+\.)*\w*(Error|Exception)\b")


class Programs:
    """What a run starts: two web processes at their ports, two that do jobs, and the clock."""

    def __init__(self, folder: Path, database: str) -> None:
        self.ports = [free_port() for _ in range(WEB_PROCESSES)]
        self._folder = folder
        own = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DATABASE_URL": os.environ["DATABASE_URL"].rpartition("/")[0] + "/" + database,
            "VAR_DIR": str(folder),
            "HOST": "127.0.0.1",
            # Mail is none of this.
            "EMAIL_URL": "dummymail://",
            "LOG_LEVEL": "ERROR",
            "LOG_FORMAT": "json",
        }
        self._environment = os.environ | own

    def parts(self, without: str) -> list[Part]:
        """Return each program that there is to be; the one `without` is left out."""
        # Events are delivered to the first port, which is the site's address for all.
        web = [self._part("web", port) for port in self.ports]
        jobs = [self._part("jobs", self.ports[0]) for _ in range(JOBS_PROCESSES)]
        return [part for part in (*web, *jobs, self._part("beat", self.ports[0])) if part.name != without]

    def wait(self) -> None:
        """Wait until each web process answers."""
        until = time.monotonic() + UP_SECONDS
        for port in self.ports:
            while not _answers(port):
                if time.monotonic() > until:
                    sys.exit(f"Daphne does not answer; see {self._folder}/web.log.")
                time.sleep(0.1)

    def faults(self) -> list[str]:
        """Return what nobody expected: a program that ended by itself, and what a job or a page failed with."""
        lines = [line for log in sorted(self._folder.glob("*.log")) for line in log.read_text().splitlines()]
        return [fault for line in lines if (fault := fault_in(line))]

    def _part(self, name: str, port: int) -> Part:
        environment = self._environment | {"PORT": str(port)}
        command = command_of(name, environment)
        return Part(name, lambda _seed: Program(command, environment, self._folder / f"{name}.log"), WEIGHTS[name])


class Program:
    """One of them, running."""

    def __init__(self, command: list[str], environment: Mapping[str, str], log: Path) -> None:
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent(),  # noqa: PLW1509 - there is one thread here.
            )
        self._name, self._log = log.stem, log

    def kill(self) -> None:
        """Kill it, and write down if it had ended by itself."""
        if (code := self._process.poll()) is not None:
            with self._log.open("a") as output:
                output.write(f"{ENDED}: {self._name}, with {code}\n")
        self._process.kill()

    def join(self) -> None:
        """Wait until it is gone."""
        self._process.wait()


def command_of(name: str, environment: Mapping[str, str]) -> list[str]:
    """Return what a line of the Procfile starts again and again, without its leash."""
    line: str = parse_procfile((ROOT / "Procfile").read_text()).processes[name]
    program = line.partition(" -- ")[2].partition("; do ")[0]
    return shlex.split(Template(program).substitute(environment))


def fault_in(line: str) -> str:
    """Return what is a fault in a line of a log; what Stripe refuses, and somebody will ask again, is none."""
    if line.startswith(ENDED) or _LAST_WORDS.match(line):
        return line
    try:
        said = json.loads(line)
    except ValueError:
        # Celery greets in words.
        return ""
    error = str(said.get("exception", "")).strip().rpartition("\n")[2]
    return f"{said['event']}: {error}" if error and not error.startswith(TOLD) else ""


def _answers(port: int) -> bool:
    link = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        link.request("GET", "/healthz")
        return link.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        link.close()
