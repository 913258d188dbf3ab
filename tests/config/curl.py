"""A stand-in for curl that knows the options of docs/api.md and no other, for machines without the real one."""

from __future__ import annotations

import argparse
import sys
from http.client import HTTPConnection
from urllib.parse import urlsplit


def main() -> None:
    """Send one request, and write the answer's body and what `-w` asks for."""
    parser = argparse.ArgumentParser(prog="curl", allow_abbrev=False)
    parser.add_argument("-s", action="store_true")
    parser.add_argument("-X", dest="method")
    parser.add_argument("-H", dest="headers", action="append", default=[])
    parser.add_argument("-d", dest="data")
    parser.add_argument("-w", dest="told", default="")
    parser.add_argument("url")
    asked = parser.parse_args()
    address = urlsplit(asked.url)
    if address.scheme != "http":
        parser.error("only http is understood")
    path = f"{address.path}?{address.query}" if address.query else address.path
    connection = HTTPConnection(address.netloc, timeout=30)
    headers = dict(header.split(": ", 1) for header in asked.headers)
    body = None if asked.data is None else asked.data.encode()
    connection.request(asked.method or ("GET" if body is None else "POST"), path, body, headers)
    answer = connection.getresponse()
    sys.stdout.buffer.write(answer.read())
    sys.stdout.write(asked.told.replace("\\n", "\n").replace("%{http_code}", str(answer.status)))


if __name__ == "__main__":
    main()
