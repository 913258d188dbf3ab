"""`make test-firefox`: the tests that need Firefox, in a network namespace with an address that leads nowhere.

Firefox sends no media to loopback addresses. Nothing in the namespace can reach anything outside of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

ADDRESS = "10.77.0.1"
# A pair of interfaces that are each other's other end, and a default route, which Firefox looks for.
NETWORK = f"""
set -e
ip link set lo up
ip link add causerie0 type veth peer name causerie1
ip addr add {ADDRESS}/24 dev causerie0
ip link set causerie0 up
ip link set causerie1 up
ip route add default via 10.77.0.2 dev causerie0
exec "$@"
"""


def main() -> int:
    missing = [name for name in ("unshare", "ip") if shutil.which(name) is None]
    if missing:
        print(f"There is no {' and no '.join(missing)} here (Debian: sudo apt-get install util-linux iproute2).")
        return 1
    if os.geteuid() != 0:
        print("A network of its own needs root: sudo make test-firefox.")
        return 1
    inside = ["unshare", "--net", "sh", "-c", NETWORK, "sh"]
    tests = [sys.executable, "-m", "pytest", "-q", "-m", "firefox", "tests/e2e"]
    environment = os.environ | {"TEST_RELAY_ADDRESSES": f"127.0.0.1,{ADDRESS}"}
    return subprocess.run([*inside, *tests], check=False, env=environment).returncode


if __name__ == "__main__":
    sys.exit(main())
