"""Requests to Bedrock are signed as botocore signs them, with credentials that are found, renewed, or missed."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from spoken import asking, head, speaking

from colonnade.errors import DeadlineExceeded, SetupError, UpstreamFailed
from colonnade.gateway.upstream.bedrock.upstream import bedrock
from colonnade.gateway.upstream.faces.aws_signature import ACCOUNT, refused_as
from colonnade.workload.sections.serving import Upstream

pytest.importorskip("botocore", reason="the extra `bedrock` is not installed")

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, RefreshableCredentials

from colonnade.gateway.upstream.bedrock.signing import Signer

ORIGIN = "https://bedrock-runtime.eu-west-1.amazonaws.com"
REQUEST = {"model": "m", "messages": [{"role": "user", "content": "Hello"}]}


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No credentials but those of a test, and no question to the network."""
    for name in (
        "ACCESS_KEY_ID",
        "SECRET_ACCESS_KEY",
        "SESSION_TOKEN",
        "PROFILE",
        "REGION",
        "DEFAULT_REGION",
    ):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCOUNT[0])
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", ACCOUNT[1])


async def ready_signer(now: datetime) -> Signer:
    signer = Signer(ORIGIN, "eu-west-1", now=lambda: now)
    await signer.prepare()
    return signer


def botocores(target: str, body: bytes, now: datetime, token: str | None = None) -> str:
    """The `authorization` header as botocore writes it alone."""
    request = AWSRequest("POST", ORIGIN + target, headers={"content-type": "application/json"}, data=body)
    with patch("botocore.auth.get_current_datetime", return_value=now.replace(tzinfo=None)):
        SigV4Auth(Credentials(*ACCOUNT, token), "bedrock", "eu-west-1").add_auth(request)
    return str(request.headers["Authorization"])


@settings(max_examples=25)
@given(
    path=st.text(st.sampled_from("abc.-_~:%2F"), max_size=12),
    query=st.sampled_from(["", "?a=1", "?b=2&a=%20"]),
    body=st.binary(max_size=50),
    days=st.integers(min_value=0, max_value=3),
)
def test_the_signature_is_botocores_own(path: str, query: str, body: bytes, days: int) -> None:
    now = datetime(2026, 2, 27, 23, 59, 59, tzinfo=UTC) + timedelta(days=days)
    target = f"/model/{path}/converse{query}"
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_ACCESS_KEY_ID", ACCOUNT[0])
        patched.setenv("AWS_SECRET_ACCESS_KEY", ACCOUNT[1])
        signer = asyncio.run(ready_signer(now))
    for _ in range(2):  # the second time with the key of the day that was kept
        assert signer.headers(target, body, "application/json")["authorization"] == botocores(
            target, body, now
        )


async def test_the_key_of_a_day_is_not_used_on_the_next(keys: None) -> None:
    now = datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC)
    times = iter([now, now + timedelta(seconds=1)])
    signer = Signer(ORIGIN, "eu-west-1", now=lambda: next(times))
    await signer.prepare()
    for moment in (now, now + timedelta(seconds=1)):
        signed = signer.headers("/x", b"{}", "application/json")
        assert signed["authorization"] == botocores("/x", b"{}", moment)


async def test_a_token_of_a_role_is_sent_and_signed(keys: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "a-token")
    now = datetime(2026, 2, 28, tzinfo=UTC)
    signed = (await ready_signer(now)).headers("/x", b"{}", "application/json")
    assert signed["x-amz-security-token"] == "a-token"
    assert signed["authorization"] == botocores("/x", b"{}", now, "a-token")


async def test_a_profile_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = f"[there]\naws_access_key_id = {ACCOUNT[0]}\naws_secret_access_key = {ACCOUNT[1]}\n"
    (tmp_path / "credentials").write_text(written)
    monkeypatch.setenv("AWS_PROFILE", "there")
    now = datetime(2026, 2, 28, tzinfo=UTC)
    signed = (await ready_signer(now)).headers("/x", b"{}", "application/json")
    assert signed["authorization"] == botocores("/x", b"{}", now)


def test_the_simulated_account_refuses_what_is_not_signed_well() -> None:
    now = datetime(2026, 2, 28, tzinfo=UTC)
    headers = {
        "content-type": "application/json",
        "host": "bedrock-runtime.eu-west-1.amazonaws.com",
        "x-amz-date": now.strftime("%Y%m%dT%H%M%SZ"),
        "authorization": botocores("/x", b"{}", now),
    }
    assert refused_as("/x", headers, b"{}") == ""
    assert refused_as("/x", headers, b"{ }") == "InvalidSignatureException"
    assert refused_as("/y", headers, b"{}") == "InvalidSignatureException"
    assert refused_as("/x", {**headers, "host": "other"}, b"{}") == "InvalidSignatureException"
    stranger = headers["authorization"].replace(ACCOUNT[0], "AKIASOMEBODYELSE0000")
    assert refused_as("/x", {**headers, "authorization": stranger}, b"{}") == "UnrecognizedClientException"
    assert refused_as("/x", {**headers, "authorization": "Basic x"}, b"{}") == "IncompleteSignatureException"
    assert refused_as("/x", {}, b"{}") == "MissingAuthenticationTokenException"


def expiring(clock: list[float]) -> RefreshableCredentials:
    """Credentials of a role: every time they are renewed their id has the next number."""
    numbers = iter(range(100))

    def renewed() -> dict[str, str]:
        ends = datetime.now(UTC) + timedelta(hours=1)
        return {
            "access_key": f"AKIA{next(numbers)}", "secret_key": "s", "token": "t", "expiry_time": ends.isoformat(),
        }  # fmt: skip

    return RefreshableCredentials.create_from_metadata(
        metadata=renewed(),
        refresh_using=renewed,
        method="test",
    )


async def test_credentials_that_end_are_renewed_before(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    found = expiring(clock)
    monkeypatch.setattr("botocore.session.Session.get_credentials", lambda session: found)
    monkeypatch.setattr("colonnade.gateway.upstream.bedrock.signing.time.monotonic", lambda: clock[0])
    signer = Signer(ORIGIN, "eu-west-1")
    await signer.prepare()
    assert "AKIA0/" in signer.headers("/x", b"", "application/json")["authorization"]
    found._expiry_time = datetime.now(UTC) + timedelta(minutes=5)
    await signer.prepare()
    assert "AKIA0/" in signer.headers("/x", b"", "application/json")["authorization"]
    clock[0] += 61.0
    await signer.prepare()
    assert "AKIA1/" in signer.headers("/x", b"", "application/json")["authorization"]


async def test_without_credentials_nothing_is_asked_and_readiness_says_so() -> None:
    async with speaking(head("application/json"), b"{}") as place:
        section = Upstream(kind="bedrock", base_url=f"http://127.0.0.1:{place.port}", region="eu-west-1")
        upstream = bedrock("far", section)
        with pytest.raises(UpstreamFailed) as caught:
            await upstream.ask(asking(REQUEST))
        assert caught.value.code == "upstream_credentials"
        assert await upstream.ready() == "AWS credentials"
        assert place.asked == []
        await upstream.close()


async def test_readiness_needs_credentials_and_a_connection(keys: None) -> None:
    async with speaking(head("application/json"), b"{}") as place:
        section = Upstream(kind="bedrock", base_url=f"http://127.0.0.1:{place.port}", region="eu-west-1")
        upstream = bedrock("far", section)
        assert await upstream.ready() is None
        await upstream.close()


async def test_a_slow_look_for_credentials_keeps_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(session: Any) -> None:
        import time

        time.sleep(0.4)

    monkeypatch.setattr("botocore.session.Session.get_credentials", slow)
    upstream = bedrock("far", Upstream(kind="bedrock", base_url="http://127.0.0.1:9", region="eu-west-1"))
    with pytest.raises(DeadlineExceeded):
        await upstream.ask(asking(REQUEST, within_s=0.1))
    await upstream.close()


@pytest.mark.usefixtures("keys")
@pytest.mark.parametrize(
    ("host", "section", "variable", "expected"),
    [
        ("bedrock-runtime.us-east-1.amazonaws.com", "eu-west-1", "x", "us-east-1"),
        ("vpce-1.bedrock-runtime-fips.us-gov-west-1.vpce.amazonaws.com", None, None, "us-gov-west-1"),
        ("127.0.0.1:9", "eu-west-1", "eu-central-1", "eu-west-1"),
        ("127.0.0.1:9", None, "eu-central-1", "eu-central-1"),
    ],
)
async def test_the_region_that_is_signed(
    host: str, section: str | None, variable: str | None, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if variable:
        monkeypatch.setenv("AWS_REGION", variable)
    upstream = bedrock("far", Upstream(kind="bedrock", base_url=f"https://{host}", region=section))
    await upstream.ready()
    post = upstream.within.wire.post(asking(REQUEST))
    assert post.headers is not None
    assert f"/{expected}/bedrock/aws4_request" in post.headers["authorization"]
    await upstream.close()


async def test_a_region_must_be_known() -> None:
    with pytest.raises(SetupError, match="needs a `region`"):
        bedrock("far", Upstream(kind="bedrock", base_url="http://127.0.0.1:9"))


async def test_without_botocore_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "colonnade.gateway.upstream.bedrock.frames", raising=False)
    monkeypatch.setitem(sys.modules, "botocore.eventstream", None)
    with pytest.raises(SetupError, match="extra `bedrock`"):
        bedrock("far", Upstream(kind="bedrock", base_url="http://127.0.0.1:9"), "key")
