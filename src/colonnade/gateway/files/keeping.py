"""What a workload may not store, it takes neither as a file nor as a batch."""

from __future__ import annotations

from colonnade.errors import InvalidRequest
from colonnade.workload.sections.promises import Privacy


def keeps_content(privacy: Privacy) -> bool:
    """Whether what people write and are answered may be stored word for word."""
    return privacy.store_content != "digest"


def refuse_unless(keeps: bool, param: str) -> None:
    """Take nothing that cannot be kept; raises InvalidRequest naming `param`."""
    if not keeps:
        raise InvalidRequest(
            "This workload stores no prompts and answers (`privacy.store_content: digest`), so it takes no files and no"
            " batches. Send the requests one by one.",
            code="content_not_stored",
            param=param,
        )
