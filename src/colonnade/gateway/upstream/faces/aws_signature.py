"""A request to the simulated Bedrock is signed as AWS demands it, or refused; botocore computes the signature anew."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from typing import Final

ACCOUNT: Final = ("AKIASIMULATED0000000", "the-secret-of-the-simulated-account")
"""The id and the secret that the simulator knows; set them as AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""

_SIGNED: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([\w-]+)/bedrock/aws4_request, ?"
    r"SignedHeaders=([\w;-]+), ?Signature=([0-9a-f]{64})"
)


def refused_as(path: str, headers: Mapping[str, str], body: bytes) -> str:
    """The name of the exception with which AWS refuses the request; "" for one that is signed well.

    Args:
        path: as it was sent, percent-encoded.
        headers: with names in lower case.
        body: as it was sent.
    """
    given = headers.get("authorization", "")
    if given.startswith("Bearer ") and given[7:].strip():
        return ""
    signed = _SIGNED.fullmatch(given)
    if signed is None:
        return "IncompleteSignatureException" if given else "MissingAuthenticationTokenException"
    access_key, region, named, signature = signed.groups()
    if access_key != ACCOUNT[0]:
        return "UnrecognizedClientException"
    expected = _signature(path, {name: headers[name] for name in named.split(";")}, body, region)
    return "" if hmac.compare_digest(expected, signature) else "InvalidSignatureException"


def _signature(path: str, headers: Mapping[str, str], body: bytes, region: str) -> str:
    from botocore.auth import SigV4Auth  # noqa: PLC0415 - needs the extra `bedrock`
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415 - the same
    from botocore.credentials import Credentials  # noqa: PLC0415 - the same

    auth = SigV4Auth(Credentials(*ACCOUNT), "bedrock", region)
    request = AWSRequest("POST", f"http://{headers['host']}{path}", headers=dict(headers), data=body)
    request.context["timestamp"] = headers["x-amz-date"]
    expected: str = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    return expected
