"""What Gemini sends, as far as it is read (API v1beta and v1, and the same methods of Vertex AI).

Google's JSON leaves out what is zero, empty or false. Fields that are not named here are passed over; parts of an
answer stay raw, because new kinds of them are added.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Counted(msgspec.Struct, rename="camel"):
    """Tokens of one modality: TEXT, IMAGE, AUDIO, VIDEO or DOCUMENT."""

    modality: str = ""
    token_count: int = 0


class Usage(msgspec.Struct, rename="camel"):
    """Thoughts stand beside the candidates; what was read from the cache is a part of the prompt."""

    prompt_token_count: int = 0
    cached_content_token_count: int = 0
    candidates_token_count: int = 0
    thoughts_token_count: int = 0
    tool_use_prompt_token_count: int = 0
    total_token_count: int | None = None
    prompt_tokens_details: list[Counted] = []
    candidates_tokens_details: list[Counted] = []


class FunctionCall(msgspec.Struct):
    """A call of a function; not every model names an id."""

    name: str
    args: dict[str, Any] = {}
    id: str = ""


class Blob(msgspec.Struct, rename="camel"):
    """Bytes in base64."""

    mime_type: str
    data: str


class Part(msgspec.Struct, rename="camel"):
    """One part of an answer; `thought` marks text that was thought and not said."""

    text: str | None = None
    thought: bool = False
    thought_signature: str = ""
    function_call: FunctionCall | None = None
    inline_data: Blob | None = None


class Content(msgspec.Struct):
    """What a candidate says."""

    parts: list[msgspec.Raw] = []


class Token(msgspec.Struct, rename="camel"):
    """A token and how likely it was."""

    token: str = ""
    log_probability: float = 0.0


class Tokens(msgspec.Struct):
    """The most likely tokens at one place."""

    candidates: list[Token] = []


class Logprobs(msgspec.Struct, rename="camel"):
    """The chosen tokens, and the others at the same places."""

    chosen_candidates: list[Token] = []
    top_candidates: list[Tokens] = []


class Candidate(msgspec.Struct, rename="camel"):
    """One answer, or what one event adds to it."""

    content: Content | None = None
    finish_reason: str | None = None
    index: int = 0
    logprobs_result: Logprobs | None = None
    citation_metadata: msgspec.Raw = msgspec.Raw()
    grounding_metadata: msgspec.Raw = msgspec.Raw()
    url_context_metadata: msgspec.Raw = msgspec.Raw()


class PromptFeedback(msgspec.Struct, rename="camel"):
    """Whether the prompt itself was refused."""

    block_reason: str | None = None


class Violation(msgspec.Struct, rename="camel"):
    """A quota that is used up."""

    quota_id: str = ""


class Detail(msgspec.Struct, rename="camel"):
    """The parts of Google's error details that are read: `ErrorInfo`, `RetryInfo` and `QuotaFailure`."""

    reason: str = ""
    retry_delay: str = ""
    violations: list[Violation] = []


class Error(msgspec.Struct):
    """Why something failed. The message is read for known beginnings, and never passed on."""

    code: int = 0
    status: str = ""
    message: str = ""
    details: list[Detail] = []


class Response(msgspec.Struct, rename="camel"):
    """A whole answer, or one event of a streamed one."""

    candidates: list[Candidate] = []
    prompt_feedback: PromptFeedback | None = None
    usage_metadata: Usage | None = None
    model_version: str = ""
    response_id: str = ""
    error: Error | None = None


class Refusal(msgspec.Struct):
    """The body of a status outside 2xx."""

    error: Error


class Embedding(msgspec.Struct):
    """One vector."""

    values: list[float]


class Embeddings(msgspec.Struct, rename="camel"):
    """The vectors of a batch, in the order of its texts."""

    embeddings: list[Embedding]
    usage_metadata: Usage | None = None


part = msgspec.json.Decoder(Part).decode
response = msgspec.json.Decoder(Response).decode
refusal = msgspec.json.Decoder(Refusal | list[Refusal]).decode
embeddings = msgspec.json.Decoder(Embeddings).decode
