"""Every error a user can meet has a class here, knows its facts, and writes its own sentence.

    ColonnadeError                      ends a command with one line and `exit_code`
    ├── FaultyWorkload                  every fault of a workload folder at once; exit code 2
    ├── SetupError                      a port taken, a disk full, a source missing, a wrong digest
    ├── KeyUnusable                     the data key is wrong, lost or unreadable
    ├── CannotEvaluate                  a review could not be carried out, which is not a failed one; exit code 3
    │   └── FaultyCatalogue             the catalogue or a pinned list contradicts itself
    └── CallError                       a call is answered with a status and an OpenAI-shaped body
        ├── Unauthenticated             401  no key, unknown key, expired or revoked key
        ├── Forbidden                   403  the key's role does not allow this
        ├── InvalidRequest              400  the request is malformed, or asks for what the route refuses
        ├── NotFound                    404  no such route or endpoint
        ├── MethodNotAllowed            405  the path exists, the method does not
        ├── TooLarge                    413  head or body over the limit
        ├── DeadlineExceeded            504  the call's deadline passed
        ├── UpstreamFailed              502  the upstream refused, broke off or answered nonsense
        ├── UpstreamLimited             429  the upstream throttles
        ├── RateLimited                 429  a limit of the workload is reached
        ├── BudgetExceeded              429  the workload's budget is used up
        ├── Overloaded                  503  more is asked than can be answered in time, or no target is well
        ├── CallerLeft                  499  the caller closed the connection; seen in records, not by anybody
        └── Unavailable                 503  not ready, draining, or the journal cannot be written

No message carries a prompt, an answer or a key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


class ColonnadeError(Exception):
    """Base of every error shown to a user: one sentence that says what is wrong and what to do."""

    exit_code: ClassVar[int] = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault of the workload folder, with the place where it stands.

    `line` and `column` count from 1; 0 means that the fault concerns the file as a whole.
    """

    file: str
    line: int
    column: int
    where: str
    problem: str
    value: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}" if self.line else self.file
        subject = f" {self.where}:" if self.where else ""
        value = f" (here: {self.value})" if self.value else ""
        remedy = f"\n    {self.remedy}" if self.remedy else ""
        return f"{place}:{subject} {self.problem}{value}{remedy}"


class FaultyWorkload(ColonnadeError):
    """The workload folder has faults; all of them are in `faults`, ordered by place."""

    exit_code = 2

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = sorted(faults, key=lambda fault: (fault.file, fault.line, fault.column))
        count = len(faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} in the workload folder")


class SetupError(ColonnadeError):
    """The machine does not offer what a start needs; the sentence says how to mend it."""


class KeyUnusable(ColonnadeError):
    """The data key cannot be unwrapped: wrong passphrase, missing or damaged key file."""


class CannotEvaluate(ColonnadeError):
    """A review could not be carried out; never the same as a review that found a failure."""

    exit_code = 3


class FaultyCatalogue(CannotEvaluate):
    """The catalogue of practices or a pinned list of ids contradicts itself; all faults are in `faults`."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("the catalogue cannot be used: " + "; ".join(faults))


class CallError(ColonnadeError):
    """A call cannot be answered; carries what the error body of a dialect needs.

    Args:
        message: one sentence for the caller, free of prompts, answers and keys.
        code: stable machine-readable name, e.g. `invalid_api_key`.
        param: the request field at fault, if there is one.
    """

    status: ClassVar[int] = 500
    type: ClassVar[str] = "server_error"
    retryable: ClassVar[bool] = False
    retry_after_s: float | None = None
    """Seconds after which another try may do better; answered as the header `retry-after`."""

    def __init__(self, message: str, *, code: str | None = None, param: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.param = param


class Unauthenticated(CallError):
    """No key, an unknown key, or one that expired or was revoked."""

    status = 401
    type = "authentication_error"


class Forbidden(CallError):
    """The key is known and its role does not allow this."""

    status = 403
    type = "permission_error"


class InvalidRequest(CallError):
    """The request is malformed or asks for what the route refuses."""

    status = 400
    type = "invalid_request_error"


class NotFound(CallError):
    """No such route, model or endpoint."""

    status = 404
    type = "invalid_request_error"


class MethodNotAllowed(CallError):
    """The path exists and does not take this method."""

    status = 405
    type = "invalid_request_error"


class TooLarge(CallError):
    """The request's head or body is larger than the gateway takes."""

    status = 413
    type = "invalid_request_error"


class DeadlineExceeded(CallError):
    """The deadline of the call passed before an answer was complete."""

    status = 504
    type = "timeout_error"
    retryable = True


class UpstreamFailed(CallError):
    """The upstream refused the connection, broke off, or answered something that is no answer."""

    status = 502
    type = "upstream_error"
    retryable = True


class UpstreamLimited(CallError):
    """The upstream throttles; `retry_after_s` is its own wish, if it named one."""

    status = 429
    type = "rate_limit_error"
    retryable = True

    def __init__(self, message: str, *, code: str | None = None, retry_after_s: float | None = None) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class Overloaded(CallError):
    """More is asked than can be answered in time, or no target of the route is well; said at once, not after a wait."""

    status = 503
    type = "overloaded_error"
    retryable = True

    def __init__(self, message: str, *, code: str, retry_after_s: float) -> None:
        super().__init__(message, code=code)
        self.retry_after_s = retry_after_s


class RateLimited(CallError):
    """A limit of the workload is reached; `retry_after_s` is when there is room again, None where there never is."""

    status = 429
    type = "rate_limit_error"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, code="rate_limit_exceeded")
        self.retry_after_s = retry_after_s


class BudgetExceeded(CallError):
    """The call might cost more than what is left of a budget; `retry_after_s` is when the next one begins."""

    status = 429
    type = "insufficient_quota"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message, code="budget_exceeded")
        self.retry_after_s = retry_after_s


class CallerLeft(CallError):
    """The caller closed the connection before the answer was complete; nobody is left to read this."""

    status = 499
    type = "client_error"


class Unavailable(CallError):
    """The gateway is not ready, is draining, or cannot write its journal."""

    status = 503
    type = "server_error"
    retryable = True
