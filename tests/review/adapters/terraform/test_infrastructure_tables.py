"""What the tables of the providers say of resources: what holds, what does not, and what is not settled."""

from __future__ import annotations

import json

import pytest
from plans import change, given, held, plan, resources

from colonnade.review.adapters.terraform.tables import Entry, lookup, tables

KEY = "arn:aws:kms:eu-central-1:1:key/a"


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("aws_db_instance", {"storage_encrypted": True, "kms_key_id": KEY}, "yes"),
        ("aws_db_instance", {"storage_encrypted": True, "kms_key_id": None}, "no"),
        ("aws_db_instance", {"storage_encrypted": False, "kms_key_id": KEY}, "no"),
        ("aws_db_instance", {"storage_encrypted": "true", "kms_key_id": KEY}, "yes"),
        ("aws_sqs_queue", {"kms_master_key_id": "alias/aws/sqs"}, "no"),
        ("aws_sqs_queue", {"sqs_managed_sse_enabled": True}, "no"),
        ("aws_opensearchserverless_collection", {"kms_key_arn": "AWS_OWNED_KMS_KEY"}, "no"),
        ("google_storage_bucket", {"encryption": [{"default_kms_key_name": "projects/p/k"}]}, "yes"),
        ("google_storage_bucket", {"encryption": []}, "no"),
        ("google_sql_database_instance", {"encryption_key_name": ""}, "no"),
        (
            "azurerm_storage_account",
            {"customer_managed_key": [{"key_vault_key_id": "https://v/keys/k"}]},
            "yes",
        ),
        ("azurerm_storage_account", {}, "no"),
        ("azurerm_search_service", {}, "unknown"),
        ("google_vertex_ai_index", {}, "unknown"),
        ("azurerm_redis_cache", {}, "no"),
    ],
)
def test_encryption_wants_a_named_key(kind, values, expected):
    assert held(kind, values)["encrypted"] == expected


@pytest.mark.parametrize(
    ("kind", "values", "unknown", "expected"),
    [
        ("aws_db_instance", {"storage_encrypted": True}, {"kms_key_id": True}, "unknown"),
        ("aws_db_instance", {"storage_encrypted": False}, {"kms_key_id": True}, "no"),
        ("aws_dynamodb_table", {}, {"server_side_encryption": True}, "unknown"),
        ("aws_dynamodb_table", {"server_side_encryption": [{"enabled": True}]}, {"server_side_encryption": [{"kms_key_arn": True}]}, "unknown"),
        ("google_storage_bucket", {"encryption": None}, {"encryption": [{"default_kms_key_name": True}]}, "unknown"),
    ],
)  # fmt: skip
def test_what_an_apply_settles_is_unknown(kind, values, unknown, expected):
    assert held(kind, values, unknown)["encrypted"] == expected


@pytest.mark.parametrize(
    ("kind", "values", "aspect", "expected"),
    [
        ("google_compute_region_instance_group_manager", {"distribution_policy_zones": ["a", "b"]}, "zones", "yes"),
        ("google_redis_instance", {"tier": "BASIC"}, "zones", "no"),
        ("azurerm_postgresql_flexible_server", {"high_availability": [{"mode": "SameZone"}]}, "zones", "no"),
        ("azurerm_kubernetes_cluster", {"default_node_pool": [{"zones": ["1", "2"]}]}, "zones", "yes"),
        ("aws_rds_cluster", {"availability_zones": ["a", "a"]}, "zones", "no"),
        ("google_storage_bucket", {"lifecycle_rule": [{"action": [{"type": "Delete"}]}]}, "tidied", "yes"),
        ("google_storage_bucket", {"lifecycle_rule": []}, "tidied", "no"),
        ("aws_cloudwatch_log_group", {"retention_in_days": 0}, "tidied", "no"),
        ("aws_ecr_repository", {"name": "a"}, "tidied", "no"),
        ("azurerm_cdn_frontdoor_route", {"cache": [{"compression_enabled": True}]}, "compressed", "yes"),
        ("aws_cloudfront_distribution", {"default_cache_behavior": [{"compress": False}]}, "compressed", "no"),
        ("aws_api_gateway_rest_api", {"minimum_compression_size": "-1"}, "compressed", "no"),
        ("google_cloudfunctions2_function", {"service_config": [{"min_instance_count": 0}]}, "rests", "yes"),
        ("google_cloudfunctions2_function", {"service_config": [{"min_instance_count": 2}]}, "rests", "no"),
        ("azurerm_function_app_flex_consumption", {"always_ready": []}, "rests", "yes"),
        ("azurerm_linux_function_app", {"site_config": [{"always_on": True}]}, "rests", "no"),
        ("google_service_account_key", {}, "passing", "no"),
        ("aws_iam_access_key", {}, "passing", "no"),
        ("aws_iam_user_login_profile", {}, "federated", "no"),
        ("azuread_conditional_access_policy", {"state": "enabled", "grant_controls": [{"built_in_controls": ["mfa", "x"]}]}, "federated", "yes"),
        ("azuread_conditional_access_policy", {"state": "disabled", "grant_controls": [{"built_in_controls": ["mfa"]}]}, "federated", "no"),
        ("azurerm_cosmosdb_account", {"public_network_access_enabled": True}, "closed", "no"),
        ("google_sql_database_instance", {"settings": [{"ip_configuration": [{"ipv4_enabled": False}]}]}, "closed", "yes"),
    ],
)  # fmt: skip
def test_other_aspects(kind, values, aspect, expected):
    assert held(kind, values)[aspect] == expected


@pytest.mark.parametrize(
    ("kind", "values", "expected"),
    [
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22}]}, "no"),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 443, "to_port": 443}]}, "yes"),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 80, "to_port": 443}]}, "no"),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "to_port": 0}]}, "no"),
        ("aws_security_group", {"ingress": [{"ipv6_cidr_blocks": ["::/0"], "from_port": 5432, "to_port": 5432}]}, "no"),
        ("aws_security_group", {"ingress": [{"cidr_blocks": ["10.0.0.0/8"], "from_port": 0, "to_port": 0}]}, "yes"),
        ("aws_security_group", {"ingress": []}, "yes"),
        ("aws_security_group_rule", {"type": "egress", "cidr_blocks": ["0.0.0.0/0"], "from_port": 0, "to_port": 0}, "yes"),
        ("aws_security_group_rule", {"type": "ingress", "cidr_blocks": ["0.0.0.0/0"], "from_port": 22, "to_port": 22}, "no"),
        ("aws_vpc_security_group_ingress_rule", {"cidr_ipv4": "0.0.0.0/0", "ip_protocol": "-1"}, "no"),
        ("google_compute_firewall", {"direction": "INGRESS", "source_ranges": ["0.0.0.0/0"], "allow": [{"ports": ["22"]}]}, "no"),
        ("google_compute_firewall", {"direction": "INGRESS", "source_ranges": ["0.0.0.0/0"], "allow": [{"ports": ["80", "443"]}]}, "yes"),
        ("google_compute_firewall", {"direction": "INGRESS", "source_ranges": ["0.0.0.0/0"], "allow": [{"ports": []}]}, "no"),
        ("google_compute_firewall", {"direction": "EGRESS", "source_ranges": ["0.0.0.0/0"], "allow": [{"ports": ["22"]}]}, "yes"),
        ("azurerm_network_security_rule", {"direction": "Inbound", "access": "Allow", "source_address_prefix": "*", "destination_port_range": "*"}, "no"),
        ("azurerm_network_security_rule", {"direction": "Inbound", "access": "Deny", "source_address_prefix": "*", "destination_port_range": "*"}, "yes"),
        ("azurerm_network_security_group", {"security_rule": [{"direction": "Inbound", "access": "Allow", "source_address_prefix": "Internet", "destination_port_ranges": ["443", "8000-9000"]}]}, "no"),
    ],
)  # fmt: skip
def test_what_is_open_to_everybody_is_seen(kind, values, expected):
    assert held(kind, values)["closed"] == expected


def test_addresses_that_an_apply_settles_are_unknown():
    assert held("aws_security_group", {}, {"ingress": True})["closed"] == "unknown"


def _trust(*statements):
    return {"assume_role_policy": json.dumps({"Statement": list(statements)})}


SERVICE = {"Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
SAML = {"Action": ["sts:AssumeRoleWithSAML"], "Principal": {"Federated": "arn:aws:iam::1:saml-provider/p"}}
ACCOUNT = {"Action": "sts:AssumeRole", "Principal": {"AWS": "arn:aws:iam::1:root"}}
FACTOR = {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (_trust(SERVICE), None),
        (_trust(SAML), "unknown"),
        (_trust({**SAML, **FACTOR}), "yes"),
        (_trust(ACCOUNT), "unknown"),
        (_trust({**ACCOUNT, **FACTOR}), "yes"),
        (_trust({**SAML, **FACTOR}, ACCOUNT), "unknown"),
        ({"assume_role_policy": "{"}, None),
        ({"assume_role_policy": json.dumps({"Statement": SERVICE})}, None),
        ({"assume_role_policy": "[" * 200}, None),
    ],
)
def test_how_people_come_to_a_role(values, expected):
    assert held("aws_iam_role", values).get("federated") == expected


def test_an_accelerator_is_asked_where_a_model_runs():
    assert "accelerated" not in held("aws_instance", {"instance_type": "m7g.large"})
    assert held("aws_instance", {"instance_type": "g6.xlarge"})["accelerated"] == "yes"
    tagged = {"instance_type": "m7g.large", "tags_all": {"role": "inference"}}
    assert held("aws_instance", tagged)["accelerated"] == "no"
    assert held("google_compute_instance", {"machine_type": "n2-standard-4", "guest_accelerator": [{"type": "nvidia-l4"}]})["accelerated"] == "yes"  # fmt: skip
    assert held("aws_sagemaker_endpoint_configuration", {"production_variants": [{"instance_type": "ml.m5.large"}]})["accelerated"] == "no"  # fmt: skip
    assert (
        held("azurerm_kubernetes_cluster_node_pool", {"vm_size": "Standard_NC4as_T4_v3"})["accelerated"]
        == "yes"
    )


def test_private_paths_tell_where_they_lead():
    code = plan(
        change("aws_vpc_endpoint.a", {"service_name": "com.amazonaws.eu-west-1.bedrock-runtime"}),
        change(
            "azurerm_private_endpoint.b", {"private_service_connection": [{"subresource_names": ["account"]}]}
        ),
        change("google_compute_subnetwork.c", {"private_ip_google_access": True}),
    )
    told = {each.type: each.aspects["path"].told for each in resources(given(code)).values()}
    assert told == {
        "aws_vpc_endpoint": "com.amazonaws.eu-west-1.bedrock-runtime",
        "azurerm_private_endpoint": "account",
        "google_compute_subnetwork": "googleapis",
    }


def test_regions_are_told_by_place_zone_or_arn():
    code = plan(
        change("google_compute_disk.a", {"zone": "europe-west3-b"}),
        change("azurerm_storage_account.b", {"location": "westeurope"}),
        change("aws_sqs_queue.c", {"arn": "arn:aws:sqs:eu-west-1:1:q"}),
        change("aws_dynamodb_table.d", {}),
    )
    assert [each.region for each in resources(given(code)).values()] == [
        "europe-west3",
        "westeurope",
        "eu-west-1",
        "",
    ]


BUCKET = change("aws_s3_bucket.docs", {"bucket": "docs", "id": "docs"})
SEALED = {"rule": [{"apply_server_side_encryption_by_default": [{"kms_master_key_id": KEY}]}]}


@pytest.mark.parametrize(
    ("by", "expected"),
    [("docs", "yes"), ("other", "no"), ("arn:aws:s3:::docs", "no"), ("accounts/1/docs", "yes")],
)
def test_what_is_attached_names_what_it_belongs_to(by, expected):
    other = change("aws_s3_bucket_server_side_encryption_configuration.x", {"bucket": by, **SEALED})
    found = resources(given(plan(BUCKET, other)))["aws_s3_bucket.docs"]
    assert found.aspects["encrypted"].holds == expected


@pytest.mark.parametrize(
    ("references", "expected"),
    [
        (["aws_s3_bucket.docs.id", "aws_s3_bucket.docs"], "yes"),
        (["aws_s3_bucket.other.id", "aws_s3_bucket.other"], "no"),
        (["var.name"], "unknown"),
        ([], "unknown"),
    ],
)
def test_before_an_apply_the_code_tells_what_is_attached(references, expected):
    kind = "aws_s3_bucket_server_side_encryption_configuration"
    written = {"address": f"{kind}.x", "expressions": {"bucket": {"references": references}}}
    other = change(f"{kind}.x", SEALED, {"bucket": True})
    code = plan(BUCKET, other, configuration={"root_module": {"resources": [written]}})
    assert resources(given(code))["aws_s3_bucket.docs"].aspects["encrypted"].holds == expected


def test_of_many_each_is_attached_to_its_own():
    kind = "aws_s3_bucket_public_access_block"
    shut = dict.fromkeys(
        ("block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"), True
    )
    references = {"references": ["aws_s3_bucket.b", "each.key"]}
    code = plan(
        change('aws_s3_bucket.b["x"]', {}, {"id": True}),
        change('aws_s3_bucket.b["y"]', {}, {"id": True}),
        change(f'{kind}.c["x"]', shut, {"bucket": True}),
        configuration={
            "root_module": {"resources": [{"address": f"{kind}.c", "expressions": {"bucket": references}}]}
        },
    )
    found = resources(given(code))
    assert found['aws_s3_bucket.b["x"]'].aspects["closed"].holds == "yes"
    assert found['aws_s3_bucket.b["y"]'].aspects["closed"].holds == "no"


def test_subnets_are_followed_to_their_zones():
    def balancer(*zones):
        subnets = [
            change(f"aws_subnet.s{n}", {"id": f"subnet-{n}", "availability_zone": zone})
            for n, zone in enumerate(zones)
        ]
        lb = change("aws_lb.it", {"subnets": [f"subnet-{n}" for n in range(2)]})
        return resources(given(plan(lb, *subnets)))["aws_lb.it"].aspects["zones"].holds

    assert balancer("a", "b") == "yes"
    assert balancer("a", "a") == "no"
    assert balancer("a") == "unknown"


def test_an_owners_scheduled_minimum_must_differ():
    def group(*least):
        schedules = [
            change(f"aws_autoscaling_schedule.s{n}", {"autoscaling_group_name": "g", "min_size": it})
            for n, it in enumerate(least)
        ]
        policy = {"autoscaling_group_name": "g", "target_tracking_configuration": [{"target_value": 60}]}
        asg = change("aws_autoscaling_group.g", {"name": "g", "min_size": 2, "max_size": 8})
        code = plan(asg, change("aws_autoscaling_policy.p", policy), *schedules)
        return resources(given(code))["aws_autoscaling_group.g"].aspects["bounded"].holds

    assert group(4) == "yes"
    assert group(2) == "no"
    assert group() == "no"


def test_an_ecs_service_is_found_by_its_scaling_target():
    target = {"resource_id": "service/main/gateway", "min_capacity": 1, "max_capacity": 4}
    code = plan(
        change("aws_ecs_service.s", {"name": "gateway"}), change("aws_appautoscaling_target.t", target)
    )
    assert resources(given(code))["aws_ecs_service.s"].aspects["scaled"].holds == "yes"


def test_tags_that_an_apply_settles_are_unknown():
    [it] = resources(
        given(plan(change("aws_sqs_queue.q", {"tags": {"a": "b"}}, {"tags_all": True})))
    ).values()
    assert (it.tags, it.tags_unknown) == ({}, True)
    [it] = resources(
        given(plan(change("aws_sqs_queue.q", {"tags_all": {"a": "b"}}, {"tags_all": {"c": True}})))
    ).values()
    assert (it.tags, it.tags_unknown) == ({"a": "b"}, True)


def test_every_table_is_read_and_no_type_stands_in_two():
    kinds = [kind for table in tables() for kind in table.types]
    assert len(kinds) == len(set(kinds)) > 130
    assert lookup("aws_new_thing") is None
    assert lookup("aws_subnet")[1] == Entry()
    assert lookup("aws_s3_bucket")[1].tier == "data"
