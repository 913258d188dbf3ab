"""Addresses that a request names, before anybody is sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.http import url_has_allowed_host_and_scheme

if TYPE_CHECKING:
    from django.http import HttpRequest

# Ours are shorter by far; Django itself refuses to redirect to much longer ones with an error.
ADDRESS_MAX_LENGTH = 2000


def own_address(request: HttpRequest, address: str) -> str:
    """Return the address if it is one of this site's, else an empty string: nobody is led away through us."""
    # What begins otherwise would be looked up as the name of a page.
    if len(address) > ADDRESS_MAX_LENGTH or not address.startswith(("/", "http://", "https://")):
        return ""
    ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if ours else ""
