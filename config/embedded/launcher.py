"""Start everything on this machine: look for obstacles, prepare, run the Procfile, say where it is."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from honcho.environ import parse_procfile

from config.embedded.banner import announce
from config.embedded.preflight import LOOPBACK, check_port, claim, free_port, machine_addresses
from config.embedded.prepare import ROOT, prepare
from config.embedded.problem import StartError
from config.embedded.redis_server import find_redis, redis_command
from config.embedded.runner import Runner


def run() -> int:
    """Run Causerie until Ctrl-C; return the exit code. Raises StartError."""
    if os.environ.get("CAUSERIE_ENV", "embedded") == "production":
        msg = "make run is for trying Causerie out; docs/operations.md says how production is started."
        raise StartError(msg)
    var = var_dir()
    host = os.environ.get("HOST") or "127.0.0.1"
    port_text = os.environ.get("PORT") or "8000"
    with claim(var, f"http://{host}:{port_text}"):
        port = check_port(host, port_text)
        environment = _environment(var, host, port)
        os.environ.update(environment)
        prepare(var)
        processes = dict(parse_procfile((ROOT / "Procfile").read_text(encoding="utf-8")).processes)
        if "REDIS_SERVER" not in environment:
            del processes["redis"]
        if environment.get("SPEAK") == "0":
            del processes["voices"]
        runner = Runner(processes, environment, on_start=partial(announce, host, port, f"{var}/log"))
        runner.run()
    if runner.told:
        print("\nCauserie has stopped.", flush=True)
        return 0
    print(f"A process of Causerie ended for good; the logs are in {var}/log.", file=sys.stderr)
    return 1


def seed() -> int:
    """Put the demo people and rooms into the database. Raises StartError."""
    var = var_dir()
    (var / "log").mkdir(parents=True, exist_ok=True)
    (var / "prepared").unlink(missing_ok=True)
    prepare(var)
    return 0


def var_dir() -> Path:
    """Return the folder of everything that a running Causerie writes."""
    return Path(os.environ.get("VAR_DIR") or ROOT / "var").resolve()


def _environment(var: Path, host: str, port: int) -> dict[str, str]:
    """Return what the Procfile's lines and the settings read."""
    addresses = ["127.0.0.1", *machine_addresses()]
    given = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        "VAR_DIR": str(var),
        "HOST": host,
        "PORT": str(port),
        "LEASH": f"python {ROOT / 'config' / 'embedded' / 'leash.py'} --watch {os.getpid()}",
    }
    # Firefox sends no sound to a loopback address, hence the relay offers the machine's own too, also to this machine.
    given.setdefault("RELAY_PUBLIC_ADDRESSES", ",".join(addresses))
    if host not in LOOPBACK:
        # Phones ask for the machine's own addresses.
        given.setdefault("ALLOWED_HOSTS", ",".join(["localhost", "[::1]", *addresses]))
    if not given.get("REDIS_URL"):
        redis_port = free_port()
        (var / "redis").mkdir(exist_ok=True)
        given["REDIS_SERVER"] = " ".join(redis_command(find_redis(), port=redis_port, directory=var / "redis"))
        given["REDIS_URL"] = f"redis://127.0.0.1:{redis_port}/0"
    return given
