"""The page behind the one-time link that ``custodes up`` prints on an empty installation."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from governance.access.errors import Invalid
from governance.access.first_administrator import LinkNotValid, check_token, create_first_administrator


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    """Show the form while the link is valid; make the first administrator and sign them in."""
    at = timezone.now()
    given = {name: request.POST.get(name, "") for name in ("name", "email")}
    wrong: dict[str, str] = {}
    try:
        check_token(token, at)
        if request.method == "POST":
            user = create_first_administrator(
                token=token,
                name=given["name"],
                email=given["email"],
                password=request.POST.get("password", ""),
                at=at,
            )
            login(request, user, backend="allauth.account.auth_backends.AuthenticationBackend")
            return redirect("/")
    except LinkNotValid as error:
        return render(request, "setup.html", {"gone": str(error)}, status=404)
    except Invalid as error:
        wrong = {str(error.data["field"]): str(error)}
    return render(request, "setup.html", {"fields": _fields(given, wrong)}, status=422 if wrong else 200)


def _fields(given: dict[str, str], wrong: dict[str, str]) -> list[dict[str, str]]:
    kinds = [
        ("name", _("Name"), "text", "name", ""),
        ("email", _("E-mail address"), "email", "username", _("You sign in with it.")),
        ("password", _("Password"), "password", "new-password", _("At least 12 characters.")),
    ]
    return [
        {
            "name": name,
            "label": label,
            "type": type_,
            "autocomplete": autocomplete,
            "help": help_,
            "value": given.get(name, ""),
            "wrong": wrong.get(name, ""),
        }
        for name, label, type_, autocomplete, help_ in kinds
    ]
