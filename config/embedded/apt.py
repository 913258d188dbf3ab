"""Debian's packages, for whoever is root anyway: a new virtual machine, a container, the tests' own."""

from __future__ import annotations

import os
import shutil
import subprocess


def apt_install(*packages: str) -> bool:
    """Install the packages if we are root on a machine with apt-get; return whether that worked."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return False
    print(f"Installing {', '.join(packages)} with apt-get …", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    steps = (["update", "-qq"], ["install", "-qq", "-y", "--no-install-recommends", *packages])
    return all(
        subprocess.run(["apt-get", *step], env=environment, check=False, capture_output=True).returncode == 0
        for step in steps
    )
