"""Addresses that a request names, before anybody is sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from django.http import HttpRequest


def own_address(request: HttpRequest, address: str) -> str:
    """Return the address if it is one of this site's, else an empty string: nobody is led away through us."""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else ""
