"""What stands beside the stage, as far as it goes over HTTP: older messages, pictures of links, refused words."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.models import User
from config.lib.errors import BadRequestError, InvalidError, NotFoundError
from rooms.forms import RefusedWordsForm
from rooms.link_pictures import picture_bytes
from rooms.models import BoardItem
from rooms.selectors import chat_page, refused_words, room_to_enter
from rooms.services.words import refuse_words

if TYPE_CHECKING:
    from django.http import HttpRequest

# The database takes no longer numbers.
NUMBER_DIGITS = 15


@require_safe
def chat(request: HttpRequest, public_id: str) -> JsonResponse:
    """Return the messages before a number: `messages`, and in `next` before which to go on, or null."""
    found = room_to_enter(request.user, public_id)
    before = request.GET.get("before", "")
    if not before.isascii() or not before.isdecimal() or len(before) > NUMBER_DIGITS:
        raise BadRequestError
    page, following = chat_page(found, int(before))
    return JsonResponse({"messages": page, "next": following})


@require_safe
def picture(request: HttpRequest, public_id: str, item_id: str, name: str) -> HttpResponse:
    """Send the picture of a link on the board to whoever may see the room."""
    found = room_to_enter(request.user, public_id)
    item = BoardItem.objects.filter(room=found, public_id=item_id, picture=name, removed_at=None).first()
    data = picture_bytes(name) if item is not None and name else None
    if data is None:
        raise NotFoundError
    # A picture that is read anew has another name. Whatever a browser makes of the bytes, it makes no page of them.
    headers = {
        "Cache-Control": "private, max-age=86400, immutable",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    return HttpResponse(data, content_type="image/webp", headers=headers)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest) -> HttpResponse:
    """Show a host the words that they refuse, and take another list."""
    host = request.user
    if not isinstance(host, User):
        raise TypeError
    form = RefusedWordsForm(request.POST or None, initial={"words": "\n".join(refused_words(host))})
    if form.is_valid():
        try:
            refuse_words(host, form.cleaned_data["words"].splitlines())
        except InvalidError as error:
            form.add_error("words", str(error))
        else:
            messages.success(request, _("Your list is saved. It counts at once, in all your rooms."))
            return redirect("rooms:words")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "rooms/words.html", {"form": form, "most": settings.ROOM_WORDS_LIMIT}, status=status)
