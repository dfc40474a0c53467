"""The publisher of a model is asked first; one that cannot be reached costs three seconds, and only once."""

from __future__ import annotations

import http.client
import queue
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from colonnade.registry.models.intake import Intake, SourceFailed
from colonnade.registry.models.progress import Progress

CONNECT_S = 3.0
ANSWER_S = 20.0
READ_S = 30.0
_BLOCK = 1 << 20


@dataclass(slots=True)
class Publishers:
    """Asks publishers over HTTPS, with the proxies and certificates that the environment names.

    Those that could not be reached are remembered for the life of this object.
    """

    offline: bool = False
    unreachable: dict[str, str] = field(default_factory=dict)

    def deliver(self, url: str, intake: Intake, progress: Progress) -> None:
        """Write the file behind `url` into `intake`.

        Raises:
            SourceFailed: not reachable, not there, or broken off.
        """
        host = urlsplit(url).netloc
        if self.offline:
            raise SourceFailed("COLONNADE_OFFLINE is set")
        if host in self.unreachable:
            raise SourceFailed(self.unreachable[host])
        try:
            with _opened(url) as answer:
                _copy(answer, intake, progress, host)
        except urllib.error.HTTPError as error:
            raise SourceFailed(f"answers with status {error.code}") from None
        except urllib.error.URLError as error:
            self.unreachable[host] = f"{host} cannot be reached ({_reason(error.reason)})"
            raise SourceFailed(self.unreachable[host]) from None
        except (TimeoutError, ConnectionError, http.client.HTTPException) as error:
            raise SourceFailed(f"broke off ({_reason(error)})") from None


def _copy(answer: http.client.HTTPResponse, intake: Intake, progress: Progress, host: str) -> None:
    file = intake.file
    if answer.length is not None and answer.length != file.bytes:
        raise SourceFailed(f"offers {answer.length} bytes instead of {file.bytes}")
    while block := answer.read1(_BLOCK):
        intake.write(block)
        progress.step(f"{file.name} from {host}", intake.taken, file.bytes)


def _opened(url: str) -> http.client.HTTPResponse:
    """The answer's head, within `ANSWER_S` whatever hangs: resolving a name knows no time limit of its own."""
    outcome: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_open, args=(url, outcome), daemon=True).start()
    try:
        answer = outcome.get(timeout=ANSWER_S)
    except queue.Empty:
        raise urllib.error.URLError(f"no answer in {ANSWER_S:g} s") from None
    if isinstance(answer, BaseException):
        raise answer
    return answer  # type: ignore[no-any-return]


def _open(url: str, outcome: queue.SimpleQueue[Any]) -> None:
    opener = urllib.request.build_opener(_HTTP(), _HTTPS())
    try:
        outcome.put(opener.open(url, timeout=CONNECT_S))
    except Exception as error:  # noqa: BLE001 - carried over to the thread that waits, and raised there
        outcome.put(error)


class _Patient(http.client.HTTPConnection):
    """Connects quickly or not at all, and then waits longer for bytes."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_S)


class _PatientTLS(http.client.HTTPSConnection):
    """The same over TLS."""

    def connect(self) -> None:
        super().connect()
        self.sock.settimeout(READ_S)


class _HTTP(urllib.request.HTTPHandler):
    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Patient, req)


class _HTTPS(urllib.request.HTTPSHandler):
    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_PatientTLS, req)


def _reason(reason: object) -> str:
    return str(reason) or type(reason).__name__
