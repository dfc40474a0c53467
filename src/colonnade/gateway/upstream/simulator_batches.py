"""The simulator's batch interface: files and jobs as OpenAI has them, whose rows are answered when their time has come."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec

from colonnade.gateway.multipart import read_form
from colonnade.gateway.upstream.handed.wire import Line
from colonnade.gateway.upstream.script import Script, refusal, whole

_PAGE: Final = 20
_line = msgspec.json.Decoder(Line).decode
_encode = msgspec.json.encode

Answering = Callable[[str, bytes, str], Script]
"""What the simulator does for a path, a body and an id."""


class BatchInterface:
    """What was stored and begun.

    `ending` is how jobs end, for tests of those that do not end well. `begun` are the ids of all rows of all jobs, in order.

    Args:
        answering: answers a row.
        takes_s: how long a job takes, seconds.
    """

    def __init__(self, answering: Answering, takes_s: Callable[[], float]) -> None:
        self.ending = "completed"
        self.begun: list[str] = []
        self.files: dict[str, bytes] = {}
        self.jobs: dict[str, dict[str, Any]] = {}
        self._answering = answering
        self._takes_s = takes_s

    def take(self, path: str, body: bytes, content_type: str) -> Script | None:
        """Store a file or begin a job; None for other paths."""
        if path.endswith("/files"):
            form = read_form(body, content_type.encode())
            if not form.files or form.request().get("purpose") != "batch":
                return refusal(400, "invalid_request_error", "invalid_purpose", "No file for a batch.")
            return whole(
                {"id": self._stored(bytes(form.files[0].content)), "object": "file", "purpose": "batch"},
                after_s=0.0,
            )
        if path.endswith("/batches"):
            return self._begin(msgspec.json.decode(body))
        return None

    def tell(self, path: str, query: bytes) -> bytes | None:
        """The bytes that a path shows; None where there is nothing."""
        family, _, rest = path.removeprefix("/v1/").partition("/")
        if family == "batches":
            self._finish_due()
            return self._page(parse_qs(query.decode())) if not rest else _told(self.jobs.get(rest))
        if family == "files" and rest.endswith("/content"):
            return self.files.get(rest.removesuffix("/content"))
        return None

    def _begin(self, asked: dict[str, Any]) -> Script:
        content = self.files.get(asked["input_file_id"])
        if content is None:
            return refusal(400, "invalid_request_error", "file_not_found", "There is no such file.")
        self.begun += [_line(line).custom_id for line in content.splitlines()]
        now = time.time()
        job = {
            "id": f"batch_{secrets.token_hex(8)}", "object": "batch", "status": "in_progress", "endpoint": asked["endpoint"],
            "input_file_id": asked["input_file_id"], "completion_window": "24h", "output_file_id": None,
            "error_file_id": None, "created_at": int(now), "metadata": asked.get("metadata"),
        }  # fmt: skip
        self.jobs = {job["id"]: {**job, "due": now + self._takes_s()}, **self.jobs}
        return whole(_shown(self.jobs[job["id"]]), after_s=0.0)

    def _page(self, asked: dict[str, list[str]]) -> bytes:
        jobs, limit = list(self.jobs.values()), int(asked.get("limit", [str(_PAGE)])[0])
        after = asked.get("after", [""])[0]
        first = next((place + 1 for place, job in enumerate(jobs) if job["id"] == after), 0)
        page = jobs[first : first + limit]
        return _encode({
            "object": "list", "data": [_shown(job) for job in page], "has_more": first + limit < len(jobs),
        })  # fmt: skip

    def _finish_due(self) -> None:
        now = time.time()
        for job in self.jobs.values():
            if job["status"] == "in_progress" and job["due"] <= now:
                job["status"] = self.ending
                if self.ending == "completed":
                    self._answer(job)

    def _answer(self, job: dict[str, Any]) -> None:
        answered: dict[bool, list[bytes]] = {True: [], False: []}
        for line in self.files[job["input_file_id"]].splitlines():
            asked = _line(line)
            script = self._answering(asked.url, bytes(asked.body), asked.custom_id)
            body = b"".join(part for _, part in script.steps) or b"{}"
            response = {
                "status_code": script.status,
                "request_id": asked.custom_id,
                "body": msgspec.Raw(body),
            }
            told = {
                "id": f"batch_req_{len(self.begun)}",
                "custom_id": asked.custom_id,
                "response": response,
                "error": None,
            }
            answered[script.status == 200].append(_encode(told) + b"\n")
        for name, lines in (("output_file_id", answered[True]), ("error_file_id", answered[False])):
            job[name] = self._stored(b"".join(lines)) if lines else None

    def _stored(self, content: bytes) -> str:
        file_id = f"file-{secrets.token_hex(8)}"
        self.files[file_id] = content
        return file_id


def _shown(job: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in job.items() if name != "due"}


def _told(job: dict[str, Any] | None) -> bytes | None:
    return None if job is None else _encode(_shown(job))
