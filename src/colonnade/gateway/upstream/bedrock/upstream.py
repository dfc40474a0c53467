"""Amazon Bedrock as an upstream of the gateway."""

from __future__ import annotations

import asyncio
import os
import re
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlsplit

import msgspec

from colonnade.errors import CallError, DeadlineExceeded, InvalidRequest, SetupError, UpstreamFailed
from colonnade.gateway.upstream.bedrock import embedding
from colonnade.gateway.upstream.bedrock.answer import answer_of
from colonnade.gateway.upstream.bedrock.errors import verdict
from colonnade.gateway.upstream.bedrock.events import BedrockEvents
from colonnade.gateway.upstream.bedrock.request import body_of
from colonnade.gateway.upstream.exchange import Exchange
from colonnade.gateway.upstream.http import HttpClient
from colonnade.gateway.upstream.interface import Answer, Ask
from colonnade.gateway.upstream.one_by_one import OneByOne
from colonnade.gateway.upstream.translation import Framer, Translated
from colonnade.gateway.upstream.web import Post, WebUpstream
from colonnade.workload.sections.serving import Upstream as Declared

if TYPE_CHECKING:
    from colonnade.gateway.upstream.bedrock.signing import Signer

_REGION_IN_HOST: Final = re.compile(r"bedrock-runtime(?:-fips)?\.([a-z]{2}[a-z-]*-\d)\.")
_encode = msgspec.json.Encoder().encode

Sign = Callable[[str, bytes, str], Mapping[str, str]]


def bedrock(
    name: str, declared: Declared, secret: str | None = None, *, tls: ssl.SSLContext | None = None
) -> OneByOne:
    """An upstream of kind `bedrock`; arguments as `OpenAICompatible`.

    `secret` is a key of Bedrock's own, sent as a bearer. Without one, requests are signed with the credentials that
    AWS's tools find: environment, profile, role.

    Raises:
        SetupError: botocore is not installed, or the region is not known.
    """
    try:
        from colonnade.gateway.upstream.bedrock.frames import EventStream  # noqa: PLC0415 - needs an extra
    except ImportError as error:
        raise SetupError(
            f"upstreams.{name} of kind bedrock needs botocore: install colonnade with the extra `bedrock`"
        ) from error
    client = HttpClient.of(name, declared, secret, tls=tls)
    if secret is not None:
        plain = WebUpstream(name, client, Converse(EventStream), timeout_s=declared.timeout_s)
        return OneByOne(plain, embedding.alone)
    from colonnade.gateway.upstream.bedrock.signing import Signer  # noqa: PLC0415 - 0.13 s and 5 MiB, only for who signs

    url = urlsplit(declared.base_url or "")
    signer = Signer(f"{url.scheme}://{url.netloc}", _region(name, declared, url.netloc))
    wire = Converse(EventStream, _signing(client, signer))
    return OneByOne(Signed(name, client, wire, signer, declared.timeout_s), embedding.alone)


class Converse:
    """The wire of Bedrock's Converse, and of `InvokeModel` for embeddings.

    Args:
        framer: cuts the event stream into events.
        sign: gives the headers that sign a path, a body and its content type; None where a bearer is sent.
    """

    def __init__(self, framer: Callable[[], Framer], sign: Sign | None = None) -> None:
        self._framer = framer
        self._sign = sign

    def post(self, ask: Ask) -> Post:
        """`POST /model/{modelId}/converse`, `/converse-stream` or `/invoke`."""
        method, made = _asked(ask)
        path = f"/model/{quote(ask.request['model'], safe='')}/{method}"
        body = _encode(made)
        return Post(path, body, None if self._sign is None else self._sign(path, body, ask.content_type))

    def whole(self, ask: Ask, body: bytes) -> bytes:
        """A chat completion, or a list of vectors."""
        if ask.endpoint == "embeddings":
            return embedding.list_of(body, ask.request)
        return answer_of(body, _name(ask))

    def stream(self, ask: Ask, exchange: Exchange) -> AsyncIterator[bytes]:
        """Chunks of a chat completion."""
        return Translated(exchange, self._framer(), BedrockEvents(_name(ask)))

    def verdict(self, status: int, headers: Mapping[str, str], body: bytes) -> CallError:
        """The error for a status outside 2xx."""
        return verdict(status, headers, body)


class Signed(WebUpstream):
    """Bedrock with requests that are signed: credentials are found before the first one, and renewed in time."""

    def __init__(
        self, name: str, client: HttpClient, wire: Converse, signer: Signer, timeout_s: float
    ) -> None:
        super().__init__(name, client, wire, timeout_s=timeout_s)
        self._signer = signer

    async def ask(self, ask: Ask) -> Answer:
        """Sign and post the request; errors as the interface says."""
        try:
            async with asyncio.timeout_at(ask.deadline or None):
                await self._signer.prepare()
        except TimeoutError:
            raise DeadlineExceeded(
                "The deadline of this call passed before AWS credentials were found.",
                code="deadline_exceeded",
            ) from None
        return await super().ask(ask)

    async def ready(self) -> str | None:
        """None if there are credentials and a connection can be had; asks the upstream nothing."""
        try:
            await self._signer.prepare()
        except UpstreamFailed:
            return "AWS credentials"
        return await super().ready()


def _asked(ask: Ask) -> tuple[str, dict[str, Any]]:
    if ask.endpoint == "embeddings":
        return "invoke", embedding.body_of(ask.request)
    if ask.endpoint != "chat":
        raise InvalidRequest(
            f"Bedrock serves no {ask.endpoint} here.", code="unsupported_endpoint", param="model"
        )
    return "converse-stream" if ask.stream else "converse", body_of(ask.request)


def _signing(client: HttpClient, signer: Signer) -> Sign:
    return lambda path, body, content_type: signer.headers(client.reach.target(path), body, content_type)


def _region(name: str, declared: Declared, host: str) -> str:
    """The region that is signed: the host's own, the section's, or that of the environment."""
    found = _REGION_IN_HOST.search(host)
    named = (
        found[1]
        if found
        else declared.region or os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    )
    if not named:
        raise SetupError(f"upstreams.{name} needs a `region`, or the variable AWS_REGION")
    return named


def _name(ask: Ask) -> dict[str, str]:
    """Converse names neither the answer nor the model."""
    return {"id": f"chatcmpl-{ask.request_id}", "model": ask.request["model"]}
