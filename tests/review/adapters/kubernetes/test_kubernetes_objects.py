"""Manifests and live objects: what each says of the practices, which of them it was, and where they differ."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest
import yaml
from observed import SCOPE

from colonnade.evidence.imported.infrastructure import Infrastructure
from colonnade.review.adapters.kubernetes.adapter import read
from colonnade.review.adapters.material import Material

GOLDEN = Path(__file__).parents[1] / "golden" / "kubernetes"
PROBES = {"livenessProbe": {"exec": {}}, "readinessProbe": {"exec": {}}}
ZONES = {"topologyKey": "topology.kubernetes.io/zone"}


def golden(*names):
    return [Material(name, (GOLDEN / name).read_bytes(), GOLDEN / name) for name in names]


def given(*objects, name="objects.yaml"):
    return Material(name, yaml.safe_dump_all(objects).encode(), Path(name))


def seen(*materials):
    reading = read(materials, SCOPE)
    assert reading.rejects == []
    [record] = reading.records
    return msgspec.convert(record.facts, Infrastructure)


def thing(kind, name="it", spec=None, group="v1", **meta):
    return {
        "apiVersion": group,
        "kind": kind,
        "metadata": {"name": name, "namespace": "shop", **meta},
        "spec": spec or {},
    }


def deployment(name="it", pod=None, kind="Deployment", labels=None, container=None, **spec):
    template = {"metadata": {"labels": {"app": name, **(labels or {})}}}
    template["spec"] = {
        "containers": [{"name": "main", "image": "shop/it", **PROBES, **(container or {})}],
        **(pod or {}),
    }
    selector = {"matchLabels": {"app": name}}
    return thing(kind, name, {"replicas": 3, "selector": selector, "template": template, **spec}, "apps/v1")


def alive(body, owner=None, **meta):
    known = {"uid": f"uid-{body['metadata']['name']}", "resourceVersion": "1", **meta}
    if owner:
        known["ownerReferences"] = [{"kind": "ReplicaSet", "name": owner}]
    return {**body, "metadata": {**body["metadata"], **known}}


def scaler(name="it", least=2, most=6, peak="4", target="cpu"):
    triggers = [{"type": target}] if target else []
    triggers += [{"type": "cron", "metadata": {"desiredReplicas": peak}}] if peak else []
    bounds = {"minReplicaCount": least} | ({"maxReplicaCount": most} if most else {})
    return thing(
        "ScaledObject",
        name,
        {"scaleTargetRef": {"name": name}, "triggers": triggers, **bounds},
        "keda.sh/v1alpha1",
    )


def aspects(*objects, name=None):
    found = [each for each in seen(given(*objects)).resources if name is None or each.name == name]
    return {key: it.holds for key, it in found[0].aspects.items()}


def test_manifests_say_that_they_are_no_cluster():
    view = seen(*golden("manifests.yaml"))
    [source] = view.sources
    assert (source.origins, source.compared, source.inventoried) == (["manifests"], False, False)
    assert {each.origin for each in view.resources} == {"manifests"}
    assert {each.region for each in view.resources} == {""}


def test_manifests_and_cluster_together_are_compared():
    view = seen(*golden("manifests.yaml", "live.json"))
    [source] = view.sources
    assert source.origins == ["live", "manifests"]
    assert (source.compared, source.differing) == (True, [])
    assert (source.inventoried, source.unmanaged) == (True, [])
    assert source.unclassified == []
    gateway = next(each for each in view.resources if each.name == "Deployment handbook/gateway")
    assert (gateway.origin, gateway.region) == ("live", "eu-central-1")
    assert gateway.aspects["zones"].told == "pods run in eu-central-1a, eu-central-1b, eu-central-1c"


def test_live_objects_alone_are_compared_with_nothing():
    [source] = seen(*golden("live.json")).sources
    assert (source.origins, source.compared, source.inventoried) == (["live"], False, False)


def test_what_was_changed_in_the_cluster_differs():
    written, live = golden("manifests.yaml", "live.json")
    for old, new in (
        ('"memory": "24Gi"', '"memory": "25Gi"'),
        ('"path": "/livez"', '"path": "/"'),
        ('"kmsKeyId"', '"k"'),
    ):
        changed = Material("live.json", live.data.replace(old.encode(), new.encode()), live.path)
        [source] = seen(written, changed).sources
        assert len(source.differing) == 1, old


def test_equal_amounts_are_equal_however_they_are_written():
    wanted = deployment(container={"resources": {"limits": {"cpu": 1, "memory": "1Gi"}}})
    found = deployment(container={"resources": {"limits": {"cpu": "1000m", "memory": "1024Mi"}}})
    assert seen(given(wanted), given(alive(found), name="live.yaml")).sources[0].differing == []


def test_replicas_that_an_autoscaler_sets_do_not_differ():
    found = [alive(deployment(replicas=5)), alive(scaler())]
    assert seen(given(deployment(), scaler()), given(*found, name="live.yaml")).sources[0].differing == []
    assert seen(given(deployment()), given(found[0], name="live.yaml")).sources[0].differing == [
        "Deployment shop/it"
    ]


def test_what_is_not_live_differs():
    live = given(alive(thing("ConfigMap", "b")), name="live.yaml")
    assert seen(given(deployment()), live).sources[0].differing == ["Deployment shop/it"]


def test_what_lives_beside_the_manifests_is_named():
    live = [
        alive(deployment()),
        alive(thing("ConfigMap", "by-hand")),
        alive(thing("Pod", "it-1"), owner="it"),
        alive(thing("ConfigMap", "kube-root-ca.crt")),
        alive({**thing("Secret", "token"), "type": "kubernetes.io/service-account-token"}),
        alive({**thing("ConfigMap", "foreign"), "metadata": {"name": "foreign", "namespace": "other"}}),
        alive(thing("ConfigMap", "own", namespace="kube-system")),
    ]
    [source] = seen(given(deployment()), given(*live, name="live.yaml")).sources
    assert source.unmanaged == ["ConfigMap shop/by-hand"]


@pytest.mark.parametrize(
    ("pod", "expected"),
    [
        ({"topologySpreadConstraints": [{**ZONES, "whenUnsatisfiable": "DoNotSchedule"}]}, "yes"),
        ({"topologySpreadConstraints": [ZONES]}, "yes"),
        ({"topologySpreadConstraints": [{**ZONES, "whenUnsatisfiable": "ScheduleAnyway"}]}, "unknown"),
        ({"topologySpreadConstraints": [{"topologyKey": "kubernetes.io/hostname"}]}, "no"),
        ({"affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [ZONES]}}}, "yes"),
        ({"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"podAffinityTerm": ZONES}]}}}, "unknown"),
        ({}, "no"),
    ],
)  # fmt: skip
def test_zones_are_demanded_or_only_wished_for(pod, expected):
    assert aspects(deployment(pod=pod))["zones"] == expected


def test_one_replica_spans_no_zones():
    spread = {"topologySpreadConstraints": [ZONES]}
    assert aspects(deployment(pod=spread, replicas=1))["zones"] == "no"
    assert aspects(deployment(pod=spread, replicas=5), scaler(least=1))["zones"] == "no"


def test_live_pods_tell_where_they_really_are():
    def zones(*places):
        nodes = [
            alive(
                {
                    **thing("Node", f"n{n}"),
                    "metadata": {"name": f"n{n}", "labels": {"topology.kubernetes.io/zone": it}},
                }
            )
            for n, it in enumerate(places)
        ]
        pods = [
            alive(thing("Pod", f"it-{n}", {"nodeName": f"n{n}"}, labels={"app": "it"}), owner="it")
            for n in range(len(places))
        ]
        return aspects(alive(deployment()), *pods, *nodes)["zones"]

    assert zones("a", "b") == "yes"
    assert zones("a", "a") == "no"


def test_every_container_needs_both_probes():
    assert aspects(deployment())["checked"] == "yes"
    assert aspects(deployment(container={"readinessProbe": None}))["checked"] == "no"
    assert aspects(deployment(pod={"initContainers": [{"name": "first"}]}))["checked"] == "yes"


def test_a_bare_pod_is_neither_replaced_nor_scaled():
    pod = thing("Pod", spec={"containers": [{"name": "a", **PROBES}]})
    found = aspects(pod)
    assert (found["replaced"], found["scaled"], found["checked"]) == ("no", "no", "yes")


def test_a_pod_that_something_made_is_told_with_it():
    view = seen(given(alive(deployment()), alive(thing("Pod", "it-1"), owner="it")))
    assert [each.name for each in view.resources if each.run] == ["Deployment shop/it"]


@pytest.mark.parametrize(
    ("beside", "scaled", "bounded"),
    [
        ([], "no", "no"),
        ([scaler()], "yes", "yes"),
        ([scaler(peak="2")], "yes", "no"),
        ([scaler(peak="")], "yes", "no"),
        ([scaler(most=None)], "yes", "no"),
        ([scaler(target="")], "yes", "no"),
        ([scaler("other")], "no", "no"),
        ([thing("HorizontalPodAutoscaler", spec={"scaleTargetRef": {"kind": "Deployment", "name": "it"}, "minReplicas": 2, "maxReplicas": 9}, group="autoscaling/v2")], "yes", "no"),
        ([thing("VerticalPodAutoscaler", spec={"targetRef": {"kind": "Deployment", "name": "it"}}, group="autoscaling.k8s.io/v1")], "yes", "no"),
    ],
)  # fmt: skip
def test_autoscalers_are_found_by_what_they_name(beside, scaled, bounded):
    found = aspects(deployment(), *beside)
    assert (found["scaled"], found["bounded"]) == (scaled, bounded)


def _job(kind, group):
    inner = {"template": {"spec": {"containers": [{"name": "a"}]}}}
    spec = {"CronJob": {"jobTemplate": {"spec": inner}}, "ScaledJob": {"jobTargetRef": inner}}.get(
        kind, inner
    )
    return thing(kind, spec=spec, group=group)


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ([_job("CronJob", "batch/v1")], "yes"),
        ([_job("Job", "batch/v1")], "yes"),
        ([_job("ScaledJob", "keda.sh/v1alpha1")], "yes"),
        ([deployment(labels={"app.kubernetes.io/component": "worker"})], "no"),
        ([deployment(labels={"app.kubernetes.io/component": "worker"}), scaler(least=0)], "yes"),
        ([deployment(), scaler(least=0, target="kafka")], "yes"),
        ([deployment(), scaler(least=1, target="rabbitmq")], "no"),
        ([deployment(), scaler(least=0, target="prometheus")], None),
        ([deployment()], None),
    ],
)
def test_event_driven_parts_rest_or_do_not(objects, expected):
    assert aspects(*objects).get("rests") == expected


@pytest.mark.parametrize(("least", "expected"), [(None, "yes"), ("0", "yes"), ("2", "no")])
def test_knative_services_rest_unless_told_otherwise(least, expected):
    notes = {"autoscaling.knative.dev/min-scale": least} if least else {}
    template = {
        "metadata": {"annotations": notes, "labels": {"component": "worker"}},
        "spec": {"containers": [{"name": "a"}]},
    }
    service = thing("Service", spec={"template": template}, group="serving.knative.dev/v1")
    assert aspects(service)["rests"] == expected


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"container": {"resources": {"limits": {"nvidia.com/gpu": 1}}}}, "yes"),
        ({"container": {"resources": {"requests": {"amd.com/gpu": "2"}}}}, "yes"),
        ({"container": {"image": "registry/vllm-openai:v1"}}, "no"),
        ({"labels": {"app.kubernetes.io/component": "inference"}}, "no"),
        ({"labels": {"role": "model"}, "container": {"resources": {"claims": [{"name": "gpu"}]}}}, "unknown"),
        ({}, None),
    ],
)
def test_a_server_of_models_asks_for_an_accelerator(fields, expected):
    assert aspects(deployment(**fields)).get("accelerated") == expected


def _class(name="sealed", default=False, **parameters):
    notes = {"storageclass.kubernetes.io/is-default-class": "true"} if default else {}
    body = thing("StorageClass", name, group="storage.k8s.io/v1", annotations=notes)
    return {**body, "parameters": parameters}


@pytest.mark.parametrize(
    ("claim", "classes", "expected"),
    [
        ("sealed", [_class(kmsKeyId="k", encrypted="true")], "yes"),
        ("sealed", [_class(kmsKeyId="k", encrypted="false")], "no"),
        ("sealed", [_class(encrypted="true")], "no"),
        ("sealed", [_class(**{"disk-encryption-kms-key": "k"})], "yes"),
        ("sealed", [_class(diskEncryptionSetID="k")], "yes"),
        ("sealed", [], "unknown"),
        (None, [_class(default=True, kmsKeyId="k")], "yes"),
        (None, [_class(kmsKeyId="k")], "unknown"),
    ],
)
def test_volumes_are_encrypted_as_their_class_says(claim, classes, expected):
    pvc = thing("PersistentVolumeClaim", spec={"storageClassName": claim} if claim else {})
    assert aspects(pvc, *classes, name="PersistentVolumeClaim shop/it")["encrypted"] == expected


def test_claims_of_templates_are_told_once():
    templates = [{"metadata": {"name": "data"}, "spec": {"storageClassName": "sealed"}}]
    claims = [
        alive(thing("PersistentVolumeClaim", f"data-it-{n}", {"storageClassName": "sealed"}))
        for n in range(2)
    ]
    view = seen(given(alive(deployment(kind="StatefulSet", volumeClaimTemplates=templates)), *claims))
    assert [each.name for each in view.resources if "encrypted" in each.aspects] == [
        "StatefulSet shop/it, volume data"
    ]


def test_directories_of_nodes_cannot_be_told():
    view = seen(given(deployment(pod={"volumes": [{"name": "v", "hostPath": {"path": "/"}}]})))
    [volume] = [each for each in view.resources if each.type == "hostPath"]
    assert volume.aspects["encrypted"].holds == "unknown"


def _policy(name="p", selector=None, **spec):
    return thing("NetworkPolicy", name, {"podSelector": selector or {}, **spec}, "networking.k8s.io/v1")


@pytest.mark.parametrize(
    ("policies", "expected"),
    [
        ([_policy(policyTypes=["Ingress"])], "yes"),
        ([_policy(policyTypes=["Ingress", "Egress"])], "yes"),
        ([_policy()], "yes"),
        ([_policy(policyTypes=["Egress"])], "no"),
        ([_policy(selector={"matchLabels": {"a": "b"}}, policyTypes=["Ingress"])], "no"),
        ([_policy(ingress=[{}])], "no"),
        ([_policy(), _policy("q", ingress=[{"from": [{"podSelector": {}}]}])], "no"),
        ([], "no"),
    ],
)
def test_namespaces_deny_what_is_not_allowed(policies, expected):
    assert aspects(deployment(), *policies, name="Namespace shop")["denied"] == expected


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"from": [{"podSelector": {"matchLabels": {"a": "b"}}}]}, "yes"),
        ({"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}, "yes"),
        ({"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}, "no"),
        ({"ports": [{"port": 5432}]}, "no"),
        ({"ports": [{"port": 443}]}, "yes"),
        ({}, "no"),
    ],
)
def test_policies_that_let_everybody_in_are_seen(rule, expected):
    policy = _policy(selector={"matchLabels": {"a": "b"}}, ingress=[rule])
    assert aspects(policy, name="NetworkPolicy shop/p")["closed"] == expected


@pytest.mark.parametrize(
    ("spec", "notes", "expected"),
    [
        ({"type": "LoadBalancer", "ports": [{"port": 443}]}, {}, "yes"),
        ({"type": "LoadBalancer", "ports": [{"port": 8080}]}, {}, "no"),
        (
            {"type": "LoadBalancer", "ports": [{"port": 8080}], "loadBalancerSourceRanges": ["10.0.0.0/8"]},
            {},
            "yes",
        ),
        (
            {"type": "LoadBalancer", "ports": [{"port": 8080}], "loadBalancerSourceRanges": ["0.0.0.0/0"]},
            {},
            "no",
        ),
        ({"type": "LoadBalancer", "ports": []}, {"networking.gke.io/load-balancer-type": "Internal"}, "yes"),
        ({"type": "NodePort", "ports": [{"port": 443}]}, {}, "no"),
    ],
)
def test_doors_to_the_outside(spec, notes, expected):
    assert (
        aspects(thing("Service", spec=spec, annotations=notes), name="Service shop/it")["closed"] == expected
    )


def test_the_network_of_a_node_is_open():
    assert aspects(deployment(pod={"hostNetwork": True}))["closed"] == "no"
    assert aspects(deployment(container={"ports": [{"hostPort": 80}]}))["closed"] == "no"
    assert "closed" not in aspects(deployment())


def test_identities_tiers_labels_and_exceptions():
    worker = deployment(
        "w", pod={"serviceAccountName": "worker"}, labels={"team": "library", "component": "database"}
    )
    worker["metadata"]["annotations"] = {"colonnade.io/perf-05": "started by people"}
    found = {each.name: each for each in seen(given(worker, deployment())).resources}
    told = found["Deployment shop/w"]
    assert (told.identity, told.tier, told.tags["team"]) == ("shop/worker", "data", "library")
    assert told.exceptions == {"PERF-05": "started by people"}
    assert found["Deployment shop/it"].identity == ""


def test_kinds_of_others_are_told_as_unclassified():
    other = thing("Cluster", group="postgresql.cnpg.io/v1")
    assert seen(given(deployment(), other)).sources[0].unclassified == ["Cluster.postgresql.cnpg.io/v1"]


def test_lists_of_one_kind_may_leave_the_kind_out():
    items = [{"metadata": {"name": "it", "namespace": "shop"}, "spec": {}}]
    listed = Material(
        "l.json",
        json.dumps({"apiVersion": "apps/v1", "kind": "DeploymentList", "items": items}).encode(),
        Path(),
    )
    assert [each.name for each in seen(listed).resources if each.run] == ["Deployment shop/it"]


@pytest.mark.parametrize(
    "text",
    [
        "just: words",
        "- 1",
        "apiVersion: v1\nkind: Pod",
        "apiVersion: v1\nmetadata: {name: a}",
        "a: [",
        "kind: List\nitems: [1]",
    ],
)
def test_what_is_no_object_is_rejected(text):
    reading = read([Material("a.yaml", text.encode(), Path("a.yaml"))], SCOPE)
    assert reading.records == []
    assert reading.rejects[0].where.startswith("a.yaml")


def test_secrets_are_never_kept():
    secret = {
        **thing("Secret"),
        "data": {"password": "aHVudGVyMg=="},
        "stringData": {"other": "hunter2-secret"},
    }
    [record] = read(
        [given(secret, deployment(container={"env": [{"name": "K", "value": "hunter2-secret"}]}))], SCOPE
    ).records
    assert b"hunter2" not in record.canonical()
    assert b"aHVudGVy" not in record.canonical()
