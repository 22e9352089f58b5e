"""Who may ask, from where, and what a page of ours may do in a browser.

Three attacks are kept out before any page is reached. A name of the attacker's that is made to mean this machine (DNS
rebinding): the ``Host`` must be one of ours. Another site that posts a form here: where a request comes from must be
here, and a form brings a word that only our pages know. Somebody else on the network needs a token. What remains,
hostile text in a page, finds a content security policy that lets no script run but our files.
"""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
import socket
from collections.abc import Iterable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

READING = ("GET", "HEAD")
LARGEST_FORM = 10_000  # bytes
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True, slots=True)
class Access:
    """Who is let in.

    Attributes:
        names: by which this server may be called, beside ``localhost`` and addresses: nobody else's name can be made
            to mean an address that was typed as numbers.
        token: that has to be shown once; None where only this machine can ask.
        word: in the forms of our pages; another one each time the server starts.
    """

    names: frozenset[str] = frozenset({"localhost"})
    token: str | None = None
    word: str = field(default_factory=lambda: secrets.token_urlsafe(24))

    @classmethod
    def bound_to(cls, host: str) -> Access:
        """What is right for a server on this address: a token unless it is one of loopback."""
        names = frozenset({"localhost", host.lower()})
        if is_loopback(host):
            return cls(names)
        return cls(names | {socket.gethostname().lower()}, secrets.token_urlsafe(24))

    @property
    def cookie(self) -> str:
        """Name of the cookie that keeps the token; two servers on one machine, which share cookies, have two."""
        return f"evolve_{hashlib.sha256((self.token or '').encode()).hexdigest()[:8]}"

    def knows(self, host: str) -> bool:
        """Whether the header ``Host`` names this server; the port is left out, since tunnels change it."""
        try:
            name = urlsplit(f"//{host}").hostname or ""
        except ValueError:
            return False
        if name in self.names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def lets_in(self, shown: Iterable[str]) -> bool:
        """Whether the token is among what was shown."""
        return self.token is None or any(secrets.compare_digest(one.encode(), self.token.encode()) for one in shown)


class Guard:
    """Stands in front of the application."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self.app, self.access = app, access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it with why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":  # there is nothing here that speaks anything else
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "private, no-cache")
            await send(message)

        answer = self._answer(scope) or self.app
        if scope["method"] == "HEAD":  # the answer to GET, whose body the server below leaves out
            scope = {**scope, "method": "GET"}
        await answer(scope, receive, send_guarded)

    def _answer(self, scope: Scope) -> Response | None:
        """Instead of the page, if there is a reason."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if not self.access.knows(host):
            return PlainTextResponse(f"this server is not called {host!r}", 421)
        query = parse_qs(scope["query_string"].decode("latin-1"))
        bearer = headers.get("authorization", "").removeprefix("Bearer ")
        kept = cookie_parser(headers.get("cookie", "")).get(self.access.cookie, "")
        if not self.access.lets_in([*query.get("token", ()), kept, bearer]):
            return PlainTextResponse("open the address that `evolve ui` printed, with its token", 401)
        if scope["method"] not in READING:
            return None if _comes_from_here(headers, host) else PlainTextResponse("asked by another site", 403)
        if "token" in query and self.access.token is not None:
            return self._remembered(scope)
        return None

    def _remembered(self, scope: Scope) -> Response:
        """The same page without the token in its address, which ends up in histories."""
        rest = [(name, value) for name, value in parse_qsl(scope["query_string"].decode("latin-1")) if name != "token"]
        # One slash in front: with two, the path would be taken for another server's name.
        path = "/" + scope["path"].lstrip("/")
        answer = RedirectResponse(path + ("?" + urlencode(rest) if rest else ""), 303)
        answer.set_cookie(self.access.cookie, self.access.token or "", httponly=True, samesite="lax")
        return answer


def _comes_from_here(headers: Headers, host: str) -> bool:
    """Whether a browser says that a page of this server asks; one that says nothing is not believed."""
    site, origin = headers.get("sec-fetch-site"), headers.get("origin")
    if site is not None and site != "same-origin":
        return False
    if origin is not None:
        return origin.partition("://")[2] == host
    return site == "same-origin"


class WrongFormError(Exception):
    """A form was not one of ours."""


async def posted(request: Request, access: Access) -> dict[str, str]:
    """The fields of a form that one of our pages showed.

    Raises:
        WrongFormError: if it is too large or does not bring the word that is in ours.
    """
    body = b""
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_FORM:
                raise WrongFormError("the form is too large")
    except ClientDisconnect:
        raise WrongFormError("the form did not come to its end") from None
    fields = dict(parse_qsl(body.decode("utf-8", "replace")))
    if not secrets.compare_digest(fields.pop("word", "").encode(), access.word.encode()):
        raise WrongFormError("the page is from before this server was started; load it again")
    return fields
