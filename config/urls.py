"""Every address of the site."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.conf import settings
from django.contrib import admin
from django.urls import include, path
from django.utils.translation import gettext_lazy as _
from django.views.i18n import JavaScriptCatalog

from accounts.views.people import EmailAddressesView
from accounts.views.sessions import sessions
from config.health import healthz, readyz
from config.install import manifest, offline, robots, service_worker
from config.metrics import metrics
from config.words import PACKAGES

admin.site.site_header = admin.site.site_title = _("Causerie, for staff")
# Staff log in on the same page as everybody: that one counts wrong passwords.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    path("staff/", admin.site.urls),
    path("api/v1/", include("config.api")),
    path("accounts/email/", EmailAddressesView.as_view(), name="account_email"),
    path("accounts/sessions/", sessions, name="usersessions_list"),
    path("accounts/", include("allauth.urls")),
    path("i18n/", include("django.conf.urls.i18n")),
    # Only without hashed files; see config.templatetags.assets.
    path("jsi18n/", JavaScriptCatalog.as_view(packages=PACKAGES), name="javascript-catalog"),
    path("manifest.<str:language>.webmanifest", manifest, name="manifest"),
    path("offline/<str:language>/", offline, name="offline"),
    path("robots.txt", robots, name="robots"),
    # At the top, because it may serve only what is below it.
    path("sw.js", service_worker, name="service-worker"),
    path("styleguide/", include("config.styleguide.urls")),
    path("", include("accounts.urls")),
    path("", include("rooms.urls")),
    path("", include("ticketing.urls")),
    path("", include("creators.urls")),
]
if settings.DEVSTRIPE:
    urlpatterns.append(path("devstripe/", include("ticketing.devstripe.urls")))

handler400 = "config.problems.bad_request"
handler403 = "config.problems.forbidden"
handler404 = "config.problems.not_found"
handler500 = "config.problems.server_error"
# allauth looks for this one.
handler429 = "config.problems.too_many_requests"
