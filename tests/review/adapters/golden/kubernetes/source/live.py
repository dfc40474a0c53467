"""Writes `live.json`, the objects of `manifests.yaml` as `kubectl get -o json` lists them from a cluster.

No cluster was at hand: what the API server and its controllers add (identifiers, defaults, owners, pods, nodes) is added
here. `kubectl kustomize source > manifests.yaml` wrote the manifests.

    python source/live.py
"""

from __future__ import annotations

import copy
import json
import uuid
from pathlib import Path

import yaml

HERE = Path(__file__).parents[1]
BORN = "2026-11-23T09:00:00Z"
ZONES = ("eu-central-1a", "eu-central-1b", "eu-central-1c")
_SEED = uuid.UUID(int=7)


def born(body, owner=None):
    """What the API server writes into every object."""
    meta = body["metadata"]
    name = f"{body['kind']}/{meta.get('namespace', '')}/{meta['name']}"
    meta.update(uid=str(uuid.uuid5(_SEED, name)), resourceVersion="1842", creationTimestamp=BORN)
    meta["managedFields"] = [{"manager": "kubectl", "operation": "Apply", "time": BORN}]
    if owner is not None:
        of = {name: owner[name] for name in ("apiVersion", "kind")}
        meta["ownerReferences"] = [
            {**of, "name": owner["metadata"]["name"], "uid": owner["metadata"]["uid"], "controller": True}
        ]
    return body


def filled(body):
    """Defaults of the API server, and numbers as it writes them."""
    spec = body.get("spec", {})
    template = spec.get("template", {}).get("spec")
    if template is not None:
        template.update(restartPolicy="Always", dnsPolicy="ClusterFirst", schedulerName="default-scheduler")
        for container in template["containers"]:
            container.update(terminationMessagePath="/dev/termination-log", imagePullPolicy="IfNotPresent")
            for probe in ("livenessProbe", "readinessProbe"):
                container[probe].update(periodSeconds=10, timeoutSeconds=1)
                container[probe]["httpGet"]["scheme"] = "HTTP"
            for amounts in container["resources"].values():
                amounts.update({name: str(value) for name, value in amounts.items()})
    if body["kind"] == "Deployment":
        spec.update(replicas=4 if body["metadata"]["name"] == "gateway" else 3, progressDeadlineSeconds=600)
        body["status"] = {"readyReplicas": spec["replicas"]}
    if body["kind"] == "Service":
        spec.update(
            type="ClusterIP",
            clusterIP="10.96.0.17",
            ports=[{**it, "protocol": "TCP", "targetPort": it["port"]} for it in spec["ports"]],
        )
    return body


def node(zone):
    labels = {"topology.kubernetes.io/zone": zone, "topology.kubernetes.io/region": zone[:-1]}
    return born(
        {
            "apiVersion": "v1",
            "kind": "Node",
            "metadata": {"name": f"node-{zone}", "labels": labels},
            "status": {},
        }
    )


def pods(workload):
    """Its pods, one zone after the other, made by their controller."""
    owner = workload
    meta, template = workload["metadata"], workload["spec"]["template"]
    if workload["kind"] == "Deployment":
        name = {"name": f"{meta['name']}-7d9c5", "namespace": meta["namespace"]}
        owner = born({"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": name, "spec": {}}, workload)
        yield owner
    for number in range(workload["spec"]["replicas"]):
        labels = template["metadata"]["labels"]
        own = {
            "name": f"{owner['metadata']['name']}-{number}",
            "namespace": meta["namespace"],
            "labels": labels,
        }
        spec = {**copy.deepcopy(template["spec"]), "nodeName": f"node-{ZONES[number % len(ZONES)]}"}
        yield born(
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": own,
                "spec": spec,
                "status": {"phase": "Running"},
            },
            owner,
        )


def main():
    written = list(yaml.safe_load_all((HERE / "manifests.yaml").read_text(encoding="utf-8")))
    items = [filled(born(copy.deepcopy(each))) for each in written]
    made = [pod for each in items if each["kind"] in {"Deployment", "StatefulSet"} for pod in pods(each)]
    given = [("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")]
    beside = [
        born({"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": "handbook"}})
        for kind, name in given
    ]
    listed = {"apiVersion": "v1", "kind": "List", "metadata": {"resourceVersion": ""}}
    listed["items"] = [*items, *made, *beside, *(node(zone) for zone in ZONES)]
    (HERE / "live.json").write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
