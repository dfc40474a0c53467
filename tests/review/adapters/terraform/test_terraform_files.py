"""Files that Terraform wrote: what is settled, what is not, what differs, and what nobody wrote down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from observed import SCOPE
from plans import change, given, golden, plan, reading, resources, seen, source

BUCKET = "module.documents.aws_s3_bucket.this"


def _holds(resource, aspect):
    return resource.aspects[aspect].holds


def test_before_an_apply_keys_are_unknown_and_never_pass():
    found = resources(*golden("new.plan.json"))
    stores = [each for each in found.values() if "encrypted" in each.aspects]
    assert len(stores) == 7
    assert {_holds(each, "encrypted") for each in stores} == {"unknown"}
    assert _holds(found["aws_db_instance.index"], "zones") == "yes"
    assert _holds(found["aws_autoscaling_group.gateway"], "zones") == "unknown"
    assert found["aws_db_instance.index"].segments_unknown


def test_before_an_apply_the_code_says_what_belongs_together():
    bucket = resources(*golden("new.plan.json"))[BUCKET]
    assert _holds(bucket, "closed") == "yes"
    assert _holds(bucket, "tidied") == "yes"
    assert resources(*golden("new.plan.json"))["aws_lambda_function.ingestion"].identity == (
        'aws_iam_role.part["ingestion"].arn'
    )


def test_after_an_apply_everything_is_settled():
    for file in ("clean.plan.json", "state.json"):
        found = resources(*golden(file))
        unsettled = [
            (each.name, name)
            for each in found.values()
            for name, it in each.aspects.items()
            if it.holds == "unknown"
        ]
        assert unsettled == []
        assert found[BUCKET].aspects["encrypted"].told.startswith("arn:aws:kms:eu-central-1:")
        assert found["aws_db_instance.index"].segments
        assert found["aws_lambda_function.ingestion"].identity.endswith("role/handbook-ingestion")


def test_region_tags_and_exceptions_are_read():
    bucket = resources(*golden("clean.plan.json"))[BUCKET]
    assert bucket.region == "eu-central-1"
    assert bucket.tags["team"] == "library"
    assert bucket.exceptions == {"SUS-07": "objects are written as zstd by the writer"}
    group = resources(*golden("clean.plan.json"))["aws_autoscaling_group.gateway"]
    assert group.tags == {
        "environment": "production",
        "team": "library",
        "use_case": "tool-questions",
        "workload": "handbook",
    }


def test_a_plan_without_changes_differs_in_nothing():
    """The service moved `latest_restorable_time` by itself, which Terraform tells as drift: nobody wrote it."""
    clean = source(*golden("clean.plan.json"))
    assert (clean.compared, clean.differing, clean.outside) == (True, [], [])


def test_what_was_changed_by_hand_differs():
    drifted = source(*golden("drift.plan.json"))
    assert drifted.differing == ["aws_cloudwatch_log_group.ingestion"]
    assert drifted.outside == ["aws_cloudwatch_log_group.ingestion"]


def test_a_first_plan_differs_in_everything():
    assert len(source(*golden("new.plan.json")).differing) == 31


def test_a_state_alone_is_compared_with_nothing():
    state = source(*golden("state.json"))
    assert (state.origins, state.compared, state.inventoried) == (["state"], False, False)


def test_a_plan_and_a_state_are_one_and_the_plan_counts():
    both = seen(*golden("state.json", "clean.plan.json"))
    assert both.sources[0].origins == ["plan", "state"]
    assert {each.origin for each in both.resources} == {"plan"}
    assert len(both.resources) == 30


def test_an_inventory_leaves_nothing_unmanaged():
    """Instances of a scaling group and the secret of a database were made by what is in the code."""
    listed = source(*golden("clean.plan.json", "inventory.json"))
    assert (listed.inventoried, listed.unmanaged) == (True, [])


def test_what_an_inventory_has_beside_the_code_is_named():
    code, listing = golden("state.json", "inventory.json")
    more = given(
        {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::by-hand", "Tags": []}]}, "inventory-2.json"
    )
    assert source(code, listing, more).unmanaged == ["arn:aws:s3:::by-hand"]


@pytest.mark.parametrize(
    ("listing", "unmanaged"),
    [
        (
            [
                {
                    "name": "//storage.googleapis.com/projects/p/buckets/kept",
                    "assetType": "storage.googleapis.com/Bucket",
                }
            ],
            [],
        ),
        (
            [{"name": "//storage.googleapis.com/projects/p/buckets/hand"}],
            ["//storage.googleapis.com/projects/p/buckets/hand"],
        ),
        ([{"name": "//compute.googleapis.com/x", "labels": {"goog-gke-node": ""}}], []),
        ([{"id": "/subscriptions/S/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/kept"}], []),
        ([{"id": "/subscriptions/s/x/hand", "managedBy": "/subscriptions/s/aks"}], []),
        ([{"id": "/subscriptions/s/x/hand", "managedBy": None}], ["/subscriptions/s/x/hand"]),
    ],
)
def test_inventories_of_other_providers(listing, unmanaged):
    code = plan(
        change("google_storage_bucket.a", {"self_link": "https://storage.googleapis.com/storage/v1/projects/p/buckets/kept"}),
        change("azurerm_storage_account.b", {"id": "/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/kept"}),
    )  # fmt: skip
    assert source(given(code), given(listing, "inventory.json")).unmanaged == unmanaged


def test_half_an_inventory_is_refused():
    listing = {"ResourceTagMappingList": [{"ResourceARN": "arn:aws:s3:::a"}], "PaginationToken": "more"}
    [reject] = reading(given(listing, "inventory.json")).rejects
    assert "every page" in reject.reason


def test_an_inventory_alone_is_refused():
    found = reading(*golden("inventory.json"))
    assert found.records == []
    assert "without the plan or state" in found.rejects[0].reason


def test_a_type_that_no_table_knows_is_told():
    code = plan(change("aws_new_thing.a", {}), change("aws_s3_bucket.b", {}), change("random_id.c", {}))
    told = source(given(code))
    assert told.unclassified == ["aws_new_thing"]
    assert told.resources == 2


def test_what_goes_is_no_resource_and_still_a_difference():
    told = seen(given(plan(change("aws_s3_bucket.a", None, None, "delete"))))
    assert told.resources == []
    assert told.sources[0].differing == ["aws_s3_bucket.a"]


def test_data_sources_are_left_alone():
    data = {**change("aws_s3_bucket.a", {}), "mode": "data"}
    assert resources(given(plan(data, change("aws_sqs_queue.b", {})))).keys() == {"aws_sqs_queue.b"}


@pytest.mark.parametrize("fields", [{"errored": True}, {"complete": False}])
def test_a_plan_that_was_not_finished_is_not_whole(fields):
    assert not source(given(plan(change("aws_s3_bucket.a", {}), **fields))).complete


def test_a_plan_ages_from_when_it_was_made():
    made = datetime.fromtimestamp(SCOPE.window_start, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    [record] = reading(given(plan(timestamp=made))).records
    assert (record.window_start, record.window_end) == (SCOPE.window_start, SCOPE.window_end)
    assert record.facts["sources"][0]["made_at"] == SCOPE.window_start


def test_a_plan_from_the_future_is_refused():
    [reject] = reading(given(plan(timestamp="2090-01-01T00:00:00Z"))).rejects
    assert "in the future" in reject.reason


@pytest.mark.parametrize(
    "value", [{"version": 4, "resources": []}, {"format_version": "7.0"}, {"format_version": 1}, [1]]
)
def test_other_json_is_refused(value):
    [reject] = reading(given(value)).rejects
    assert reject.where == "plan.json"


def test_drift_of_a_resource_without_code_counts():
    drift = {
        **change("aws_s3_bucket.a", None),
        "change": {"before": {"acl": "private"}, "after": {"acl": "public"}},
    }
    told = source(given(plan(change("aws_s3_bucket.a", {}), resource_drift=[drift])))
    assert told.outside == ["aws_s3_bucket.a"]


def test_secrets_of_a_plan_are_never_kept():
    code = plan(change("aws_db_instance.a", {"password": "hunter2-secret", "storage_encrypted": True}))
    [record] = reading(given(code)).records
    assert b"hunter2" not in record.canonical()
