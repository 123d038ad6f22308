"""Rendered resources made through boto3, as the provider would send them, against moto in this process.

What one resource says of another is looked up among those that were made before: a dangling reference raises KeyError.
"""

from __future__ import annotations

import json
from typing import Any

import boto3  # type: ignore[import-untyped]

from sls_infra.testing.rendered import Rendered, RenderedResource

REGION = "eu-west-1"
KEYS: dict[str, Any] = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": REGION}


def client(service: str) -> Any:
    """A client of moto."""
    return boto3.client(service, **KEYS)


class Account:
    """An account in which an Api was put."""

    def __init__(self, stack: Rendered) -> None:
        self.sqs, self.sns, self.s3, self.events = client("sqs"), client("sns"), client("s3"), client("events")
        self.dynamodb = client("dynamodb")
        self.urls: dict[str, str] = {}
        """By ARN, of each queue that was made."""
        self.topics: set[str] = set()
        self.buckets: set[str] = set()
        self.tables: dict[str, Any] = {}
        self.rules: set[str] = set()
        for type, make in (
            ("aws:sqs/queue:Queue", self._queue),
            ("aws:sns/topic:Topic", self._topic),
            ("aws:s3/bucket:Bucket", self._bucket),
            ("aws:dynamodb/table:Table", self._table),
            ("aws:cloudwatch/eventRule:EventRule", self._rule),
            ("aws:sqs/queuePolicy:QueuePolicy", self._queue_policy),
            ("aws:sqs/redrivePolicy:RedrivePolicy", self._redrive),
            ("aws:sqs/redriveAllowPolicy:RedriveAllowPolicy", self._redrive_allow),
            ("aws:sns/topicSubscription:TopicSubscription", self._subscription),
            ("aws:s3/bucketVersioning:BucketVersioning", self._versioning),
            ("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", self._lifecycle),
            ("aws:s3/bucketPolicy:BucketPolicy", self._bucket_policy),
            ("aws:s3/bucketNotification:BucketNotification", self._notification),
            ("aws:cloudwatch/eventTarget:EventTarget", self._target),
        ):
            for resource in stack.all(type):
                make(resource)

    def messages(self, arn: str) -> list[dict[str, Any]]:
        """What lies in a queue, taken."""
        found = self.sqs.receive_message(
            QueueUrl=self.urls[arn], MaxNumberOfMessages=10, MessageAttributeNames=["All"], VisibilityTimeout=60
        )
        return list(found.get("Messages", []))

    def _queue(self, queue: RenderedResource) -> None:
        given = queue.inputs
        fifo = given.get("fifoQueue")
        attributes = {
            "VisibilityTimeout": str(given["visibilityTimeoutSeconds"]),
            "MessageRetentionPeriod": str(given["messageRetentionSeconds"]),
            "SqsManagedSseEnabled": str(given["sqsManagedSseEnabled"]).lower(),
            **({"FifoQueue": "true", "DeduplicationScope": given["deduplicationScope"]} if fifo else {}),
        }
        name = f"{queue.logical_name}-0123abc{'.fifo' if fifo else ''}"
        url = self.sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        arn = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.urls[arn] = url

    def _set(self, url: str, attribute: str, value: str) -> None:
        arn = f"arn:aws:sqs:{REGION}:123456789012:{url.rpartition('/')[2]}"
        self.sqs.set_queue_attributes(QueueUrl=self.urls[arn], Attributes={attribute: value})

    def _queue_policy(self, policy: RenderedResource) -> None:
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            assert statement["Resource"] in self.urls
            source = statement.get("Condition", {}).get("ArnEquals", {}).get("aws:SourceArn")
            known = self.topics | self.rules | {f"arn:aws:s3:::{bucket}" for bucket in self.buckets}
            assert source is None or source in known
        self._set(policy.inputs["queueUrl"], "Policy", policy.inputs["policy"])

    def _redrive(self, policy: RenderedResource) -> None:
        assert json.loads(policy.inputs["redrivePolicy"])["deadLetterTargetArn"] in self.urls
        self._set(policy.inputs["queueUrl"], "RedrivePolicy", policy.inputs["redrivePolicy"])

    def _redrive_allow(self, policy: RenderedResource) -> None:
        assert all(arn in self.urls for arn in json.loads(policy.inputs["redriveAllowPolicy"])["sourceQueueArns"])
        self._set(policy.inputs["queueUrl"], "RedriveAllowPolicy", policy.inputs["redriveAllowPolicy"])

    def _topic(self, topic: RenderedResource) -> None:
        attributes = {"KmsMasterKeyId": topic.inputs["kmsMasterKeyId"]}
        made = self.sns.create_topic(Name=f"{topic.logical_name}-0123abc", Attributes=attributes)
        self.topics.add(made["TopicArn"])

    def _subscription(self, subscription: RenderedResource) -> None:
        given = subscription.inputs
        assert given["endpoint"] in self.urls
        attributes = {"RawMessageDelivery": str(given["rawMessageDelivery"]).lower()}
        if "filterPolicy" in given:
            attributes |= {"FilterPolicy": given["filterPolicy"], "FilterPolicyScope": given["filterPolicyScope"]}
        self.sns.subscribe(
            TopicArn=given["topic"], Protocol=given["protocol"], Endpoint=given["endpoint"], Attributes=attributes
        )

    def _bucket(self, bucket: RenderedResource) -> None:
        name = f"{bucket.logical_name}-0123abc"
        self.s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
        self.buckets.add(name)

    def _versioning(self, versioning: RenderedResource) -> None:
        status = {"Status": versioning.inputs["versioningConfiguration"]["status"]}
        self.s3.put_bucket_versioning(Bucket=versioning.inputs["bucket"], VersioningConfiguration=status)

    def _lifecycle(self, lifecycle: RenderedResource) -> None:
        rules = [_capitals(rule) | {"ID": rule["id"]} for rule in lifecycle.inputs["rules"]]
        for rule in rules:
            del rule["Id"]
        self.s3.put_bucket_lifecycle_configuration(
            Bucket=lifecycle.inputs["bucket"], LifecycleConfiguration={"Rules": rules}
        )

    def _bucket_policy(self, policy: RenderedResource) -> None:
        self.s3.put_bucket_policy(Bucket=policy.inputs["bucket"], Policy=policy.inputs["policy"])

    def _notification(self, notification: RenderedResource) -> None:
        queues = []
        for each in notification.inputs.get("queues", ()):
            assert each["queueArn"] in self.urls
            filters = [("prefix", each.get("filterPrefix")), ("suffix", each.get("filterSuffix"))]
            rules = [{"Name": name, "Value": value} for name, value in filters if value]
            queue = {"Id": each["id"], "QueueArn": each["queueArn"], "Events": each["events"]}
            queues.append({**queue, "Filter": {"Key": {"FilterRules": rules}}} if rules else queue)
        self.s3.put_bucket_notification_configuration(
            Bucket=notification.inputs["bucket"],
            NotificationConfiguration={"QueueConfigurations": queues}
            | ({"EventBridgeConfiguration": {}} if notification.inputs["eventbridge"] else {}),
        )

    def _rule(self, rule: RenderedResource) -> None:
        name = f"{rule.logical_name}-0123abc"
        self.rules.add(self.events.put_rule(Name=name, EventPattern=rule.inputs["eventPattern"])["RuleArn"])

    def _target(self, target: RenderedResource) -> None:
        assert target.inputs["arn"] in self.urls
        targets = [{"Id": target.logical_name, "Arn": target.inputs["arn"]}]
        made = self.events.put_targets(Rule=target.inputs["rule"], Targets=targets)
        assert made["FailedEntryCount"] == 0

    def _table(self, table: RenderedResource) -> None:
        given = table.inputs
        keys = [{"AttributeName": given["hashKey"], "KeyType": "HASH"}]
        if "rangeKey" in given:
            keys.append({"AttributeName": given["rangeKey"], "KeyType": "RANGE"})
        more: dict[str, Any] = {}
        if given.get("globalSecondaryIndexes"):
            more["GlobalSecondaryIndexes"] = [
                {
                    "IndexName": index["name"],
                    "KeySchema": [_capitals(key) for key in index["keySchemas"]],
                    "Projection": {"ProjectionType": index["projectionType"]},
                }
                for index in given["globalSecondaryIndexes"]
            ]
        if given.get("streamEnabled"):
            more["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": given["streamViewType"]}
        made = self.dynamodb.create_table(
            TableName=f"{table.logical_name}-0123abc",
            BillingMode=given["billingMode"],
            KeySchema=keys,
            AttributeDefinitions=[
                {"AttributeName": each["name"], "AttributeType": each["type"]} for each in given["attributes"]
            ],
            DeletionProtectionEnabled=bool(given.get("deletionProtectionEnabled")),
            **more,
        )["TableDescription"]
        if "ttl" in given:
            self.dynamodb.update_time_to_live(
                TableName=made["TableName"], TimeToLiveSpecification=_capitals(given["ttl"])
            )
        self.tables[made["TableArn"]] = made


def _capitals(value: Any) -> Any:
    """`noncurrentDays` → `NoncurrentDays`, as boto3 has names."""
    if isinstance(value, dict):
        return {key[0].upper() + key[1:]: _capitals(each) for key, each in value.items()}
    return value
