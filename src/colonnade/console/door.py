"""Nobody sees a page without the token; it is exchanged for a signed cookie, and leaves the address at once."""

from __future__ import annotations

import base64
import hmac
from dataclasses import dataclass
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

from cryptography.fernet import Fernet, InvalidToken
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from colonnade.console.frame import Frame

SESSION_S = 12 * 3600
LONGEST_FORM = 4096
OPEN = ("/static/", "/sign-in", "/healthz")
"""Paths that need no session: none of them shows anything of the workload."""

HOW_TO = "Open the console with the address that `colonnade up` prints, or paste its token here."
WRONG = "That is not this console's token. `colonnade up` prints a new one at every start."


@dataclass(frozen=True, slots=True)
class Door:
    """Knows the token, and makes and recognises sessions.

    Args:
        token: what `colonnade up` prints; sessions end when it changes.
        cookie: the cookie's name; browsers share cookies between ports, so it should name the port.
    """

    token: str
    cookie: str

    def opens(self, token: str) -> bool:
        """Whether this is the token, in a time that does not depend on what is wrong with it."""
        return hmac.compare_digest(token.encode("utf-8", "surrogatepass"), self.token.encode())

    def knows(self, session: str) -> bool:
        """Whether this session was made here and has not ended."""
        try:
            self._signer().decrypt(session.encode("ascii", "replace"), ttl=SESSION_S)
        except InvalidToken:
            return False
        return True

    def admit(self, location: str, *, secure: bool) -> Response:
        """Send the browser to `location` with a new session."""
        answer = RedirectResponse(location, status_code=303)
        session = self._signer().encrypt(b"console").decode("ascii")
        answer.set_cookie(
            self.cookie, session, max_age=SESSION_S, httponly=True, samesite="strict", secure=secure
        )
        return answer

    def _signer(self) -> Fernet:
        key = hmac.digest(self.token.encode(), b"colonnade console session", "sha256")
        return Fernet(base64.urlsafe_b64encode(key))


class Doorkeeper:
    """Lets those in who have a session; everybody else is told how to get one."""

    def __init__(self, app: ASGIApp, door: Door, frame: Frame) -> None:
        self._app = app
        self._door = door
        self._frame = frame

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on, redirect or refuse."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        refusal = self._refusal(request)
        await (refusal or self._app)(scope, receive, send)

    def _refusal(self, request: Request) -> Response | None:
        if request.method not in {"GET", "HEAD"} and not _same_origin(request):
            return self._frame.problem(request, 403, "This form was sent from another place.")
        if request.url.path.startswith(OPEN):
            return None
        token = request.query_params.get("token")
        if token is not None and request.method == "GET":
            return self._exchange(request, token)
        if self._door.knows(request.cookies.get(self._door.cookie, "")):
            return None
        return self._frame.sign_in(request, HOW_TO)

    def _exchange(self, request: Request, token: str) -> Response:
        if not self._door.opens(token):
            return self._frame.sign_in(request, WRONG)
        rest = [(name, value) for name, value in parse_qsl(request.url.query) if name != "token"]
        # One slash only: `//elsewhere` would be another host.
        place = "/" + quote(request.url.path.lstrip("/"))
        location = f"{place}?{urlencode(rest)}" if rest else place
        return self._door.admit(location, secure=request.url.scheme == "https")


async def sign_in(request: Request, door: Door, frame: Frame) -> Response:
    """Take the token from the form."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            return frame.problem(request, 413, "The form is too large.")
    token = parse_qs(body.decode("utf-8", "replace")).get("token", [""])[0].strip()
    if not door.opens(token):
        return frame.sign_in(request, WRONG)
    return door.admit("/", secure=request.url.scheme == "https")


def _same_origin(request: Request) -> bool:
    """Whether a form was sent by one of our own pages; browsers say so with every form."""
    origin = urlsplit(request.headers.get("origin", ""))
    return bool(origin.netloc) and origin.netloc == request.headers.get("host")


class SecurityHeaders:
    """Every answer forbids scripts, styles, frames and requests that are not the console's own."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to whatever is answered."""

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers[name] = value
                headers.setdefault("cache-control", "no-store")
            await send(message)

        await self._app(scope, receive, guarded)


POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "form-action": "'self'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "content-security-policy": "; ".join(f"{name} {value}" for name, value in POLICY.items()),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # `same-origin`, not `no-referrer`: with that, browsers would not say where a form comes from.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
}
