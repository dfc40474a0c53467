"""What really lives in an account, as its provider lists it, beside what the code has.

Read are `aws resourcegroupstaggingapi get-resources`, `gcloud asset search-all-resources --format json` and
`az resource list`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from colonnade.review.adapters.material import Material, Unreadable, plain
from colonnade.review.adapters.terraform.document import Instance

OWNED = (
    "aws:autoscaling:groupName", "aws:secretsmanager:owningService", "aws:ecs:clusterName", "aws:eks:cluster-name",
    "aws:cloudformation:stack-name", "eks:cluster-name", "goog-gke-node", "goog-k8s-cluster-name",
)  # fmt: skip
"""Tags by which a provider says that another resource made this one."""
NAMES = ("arn", "id", "self_link", "bucket", "name")


def inventory_of(material: Material) -> list[str] | None:
    """The names of everything listed that nothing else made; None if the file is no inventory.

    Raises:
        Unreadable: no JSON.
    """
    value = material.json()
    rows = value.get("ResourceTagMappingList") if isinstance(value, dict) else value
    if not isinstance(rows, list):
        return None
    listed = [each for each in rows if isinstance(each, dict)]
    if isinstance(value, dict) and value.get("PaginationToken"):
        raise Unreadable("the listing goes on: fetch every page")
    names = [(_name(each), each) for each in listed]
    if not names or not all(name for name, _ in names):
        return None
    return [name for name, each in names if not _owned(each)]


def unmanaged(listed: Iterable[str], instances: Sequence[Instance]) -> list[str]:
    """What lives and is no resource of the code, by the last part of its name where the whole differs."""
    known = {name for instance in instances for name in _names(instance)}
    return sorted({plain(each) for each in listed if not _known(each, known)})


def _name(row: dict[str, Any]) -> str:
    found = next((row[each] for each in ("ResourceARN", "id", "name") if isinstance(row.get(each), str)), "")
    return found if found.startswith(("arn:", "/subscriptions/", "//")) else ""


def _owned(row: dict[str, Any]) -> bool:
    tags = row.get("Tags")
    names = (
        {str(each.get("Key")) for each in tags if isinstance(each, dict)} if isinstance(tags, list) else set()
    )
    labels = row.get("labels")
    names |= set(labels) if isinstance(labels, dict) else set()
    return bool(names & set(OWNED)) or bool(row.get("managedBy"))


def _names(instance: Instance) -> Iterator[str]:
    for name in NAMES:
        if found := instance.word(name):
            yield found.lower().rstrip("*").rstrip(":")


def _known(name: str, known: set[str]) -> bool:
    """The listing and the state call the same thing by its ARN, its id, or a link that ends alike."""
    whole = name.lower()
    if whole in known:
        return True
    if whole.startswith("arn:"):
        last = whole.split(":", 5)[-1]
        return last in known or last.partition("/")[2] in known
    return whole.startswith("//") and any(each.endswith(whole.split("/", 3)[-1]) for each in known)
