"""Event sources on AWS: what sends, what polls, and within which bounds."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from sls_infra import Aws, Bucket, OnChange, OnMessage, OnSchedule, OnUpload, Queue, Scaling, Table, Topic
from sls_infra.runtime.entry import aws_messages
from sls_infra.testing import render

from .event_specs import api, every_source, told, worker

MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"


def test_every_mapping_takes_partial_failures(tmp_path: Path) -> None:
    stack = render(every_source(tmp_path), "aws")
    mappings = stack.all(MAPPING)
    assert len(mappings) == 5
    for mapping in mappings:
        assert mapping.inputs["functionResponseTypes"] == ["ReportBatchItemFailures"]
        assert mapping.inputs["eventSourceArn"] == told(stack)["events"][mapping.name]["source"]
        assert stack.one("aws:iam/rolePolicy:RolePolicy", "worker").urn in mapping.depends_on


def test_messages_come_in_batches_as_asked(tmp_path: Path) -> None:
    stack = render(every_source(tmp_path), "aws")
    inputs = stack.one(MAPPING, "emails-worker").inputs
    assert (inputs["batchSize"], inputs["maximumBatchingWindowInSeconds"]) == (20, 5)
    assert inputs["scalingConfig"] == {"maximumConcurrency": 4}
    queue = stack.one("sqs/queue:Queue", "emails").inputs
    assert queue["visibilityTimeoutSeconds"] == 6 * 20 + 5
    redrive = json.loads(stack.one("RedrivePolicy", "emails-worker").inputs["redrivePolicy"])
    assert redrive["maxReceiveCount"] == 5
    assert redrive["deadLetterTargetArn"] == stack.outputs["queues"]["emails-worker-dead-letters"]
    permit = json.loads(stack.one("RedriveAllowPolicy", "emails-worker-dead-letters").inputs["redriveAllowPolicy"])
    assert permit == {"redrivePermission": "byQueue", "sourceQueueArns": [stack.outputs["queues"]["emails"]]}


def test_a_queue_of_dead_letters_may_be_consumed_in_its_turn(tmp_path: Path) -> None:
    one, two, last = Queue("one"), Queue("two"), Queue("last")
    own = worker(tmp_path)
    stack = render(api(OnMessage(one, own, dead_letter=two), OnMessage(two, own, dead_letter=last)), "aws")
    targets = {each.name: json.loads(each.inputs["redrivePolicy"])["deadLetterTargetArn"] for each in
               stack.all("RedrivePolicy")}  # fmt: skip
    assert targets == {"one-worker": stack.outputs["queues"]["two"], "two-worker": stack.outputs["queues"]["last"]}
    assert stack.all("RedriveAllowPolicy") == [], "queues of one's own may have other sources"


def test_a_topics_messages_come_raw_and_filtered_and_from_it_alone(tmp_path: Path) -> None:
    stack = render(every_source(tmp_path), "aws")
    inputs = stack.one("TopicSubscription", "placed-worker").inputs
    assert inputs["rawMessageDelivery"] is True
    assert json.loads(inputs["filterPolicy"]) == {"type": ["paid", "sent"], "country": ["de"]}
    _, allow = json.loads(stack.one("QueuePolicy", "placed-worker-events").inputs["policy"])["Statement"]
    assert allow["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allow["Condition"] == {"ArnEquals": {"aws:SourceArn": stack.outputs["topics"]["placed"]}}
    assert stack.one("QueuePolicy", "placed-worker-events").urn in stack.one("TopicSubscription").depends_on
    plain = render(api(OnMessage(Topic("t"), worker(tmp_path))), "aws").one("TopicSubscription").inputs
    assert "filterPolicy" not in plain


def test_a_bucket_with_three_subscribers_has_one_notification(tmp_path: Path) -> None:
    box, own = Bucket("box"), worker(tmp_path)
    uploads = [OnUpload(box, own, name=name, prefix=f"{name} é/", suffix=".pdf") for name in ("a", "b", "c")]
    stack = render(api(*uploads), "aws")
    notification = stack.one("BucketNotification")
    assert [each["filterPrefix"] for each in notification.inputs["queues"]] == ["a+%C3%A9/", "b+%C3%A9/", "c+%C3%A9/"]
    assert {each["filterSuffix"] for each in notification.inputs["queues"]} == {".pdf"}
    for name in ("a", "b", "c"):
        policy = stack.one("QueuePolicy", f"{name}-events")
        assert policy.urn in notification.depends_on, "S3 tries each queue at once"
        _, allow = json.loads(policy.inputs["policy"])["Statement"]
        assert allow["Principal"] == {"Service": "s3.amazonaws.com"}
        assert allow["Condition"] == {
            "ArnEquals": {"aws:SourceArn": stack.outputs["buckets"]["box"]},
            "StringEquals": {"aws:SourceAccount": "123456789012"},
        }


def test_a_schedule_sends_with_a_role_of_its_own(tmp_path: Path) -> None:
    boundary = "arn:aws:iam::123456789012:policy/boundary"
    stack = render(every_source(tmp_path), Aws(permissions_boundary=boundary))
    inputs = stack.one("Schedule", "nightly").inputs
    assert inputs["scheduleExpression"] == "cron(30 3 ? * 2-6 *)"
    assert inputs["scheduleExpressionTimezone"] == "Europe/Berlin"
    assert inputs["target"]["arn"] == told(stack)["events"]["nightly"]["source"]
    assert inputs["target"]["deadLetterConfig"]["arn"] == stack.outputs["queues"]["nightly-dead-letters"]
    role = stack.one("aws:iam/role:Role", "nightly-schedule").inputs
    assert role["permissionsBoundary"] == boundary
    (trusted,) = json.loads(role["assumeRolePolicy"])["Statement"]
    assert trusted["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert trusted["Condition"]["StringEquals"] == {"aws:SourceAccount": "123456789012"}
    (send,) = json.loads(stack.one("aws:iam/rolePolicy:RolePolicy", "nightly-schedule").inputs["policy"])["Statement"]
    assert send["Action"] == ["sqs:SendMessage"]
    assert send["Resource"] == sorted([inputs["target"]["arn"], inputs["target"]["deadLetterConfig"]["arn"]])


def test_the_runtime_reads_what_a_schedule_sends(tmp_path: Path) -> None:
    """Both ends of the queue mean the same by a tick."""
    stack = render(every_source(tmp_path), "aws")
    target = stack.one("Schedule", "nightly").inputs["target"]
    record = {
        "messageId": "1", "eventSourceARN": target["arn"], "attributes": {"ApproximateReceiveCount": "2"},
        "body": target["input"].replace("<aws.scheduler.scheduled-time>", "2026-01-31T02:30:00Z"),
    }  # fmt: skip
    (delivery,) = aws_messages.deliveries("nightly", {"kind": "schedule"}, record)
    assert delivery.event.scheduled_at.isoformat() == "2026-01-31T02:30:00+00:00"  # type: ignore[union-attr]
    assert delivery.attempt == 2


def test_changes_come_from_a_stream_and_are_tried_within_bounds(tmp_path: Path) -> None:
    stack = render(every_source(tmp_path), "aws")
    assert stack.one("dynamodb/table:Table").inputs["streamViewType"] == "NEW_AND_OLD_IMAGES"
    inputs = stack.one(MAPPING, "orders-worker").inputs
    assert inputs["bisectBatchOnFunctionError"] is True
    assert (inputs["batchSize"], inputs["maximumRetryAttempts"]) == (50, 4 * 50)
    assert inputs["maximumRecordAgeInSeconds"] == 23 * 3600, "before the stream itself forgets it"
    assert inputs["startingPosition"] == "TRIM_HORIZON"
    (wanted,) = inputs["filterCriteria"]["filters"]
    assert json.loads(wanted["pattern"]) == {"eventName": ["INSERT", "REMOVE"]}
    failed = inputs["destinationConfig"]["onFailure"]["destinationArn"]
    assert failed == stack.outputs["queues"]["orders-worker-dead-letters"]
    for attempts, batch, expected in ((1, 1, 3), (5, 1, 15), (5, 10, 50), (100, 200, 10_000)):
        change = OnChange(Table("t"), worker(tmp_path), max_attempts=attempts, batch_size=batch)
        every = render(api(change), "aws").one(MAPPING).inputs
        assert every["maximumRetryAttempts"] == expected
        assert "filterCriteria" not in every


def test_a_fifo_queues_message_may_wait_behind_another(tmp_path: Path) -> None:
    """SQS counts also those receives of which the runtime tries nothing, as one before it in its group failed."""
    for fifo, attempts, expected in ((False, 4, 4), (True, 4, 12), (True, 400, 1000), (False, 1000, 1000)):
        stack = render(api(OnMessage(Queue("q", fifo=fifo), worker(tmp_path), max_attempts=attempts)), "aws")
        assert json.loads(stack.one("RedrivePolicy").inputs["redrivePolicy"])["maxReceiveCount"] == expected


def test_functions_without_routes_are_called_by_no_gateway(tmp_path: Path) -> None:
    stack = render(api(OnSchedule("s", worker(tmp_path), cron="* * * * *")), "aws")
    assert stack.all("Permission") == []
    assert stack.all("apigatewayv2/api:Api") == []
    assert "url" not in stack.outputs


def test_kept_warm_means_that_event_sources_call_the_alias(tmp_path: Path) -> None:
    stack = render(api(OnMessage(Queue("q"), worker(tmp_path, scaling=Scaling(min_instances=1)))), "aws")
    assert stack.one(MAPPING).inputs["functionName"].endswith(":live")
    assert stack.one("ProvisionedConcurrencyConfig").urn in stack.one(MAPPING).depends_on


def test_calls_at_once_stay_within_the_instances(tmp_path: Path) -> None:
    """Lambda would throttle what is over them, and SQS count it as an attempt."""
    for instances, asked, expected in ((5, None, 5), (5, 3, 3), (3, 5, 3), (1, None, 2), (2000, None, 1000)):
        own = worker(tmp_path, scaling=Scaling(max_instances=instances))
        stack = render(api(OnMessage(Queue("q"), own, concurrency=asked)), "aws")
        assert stack.one(MAPPING).inputs["scalingConfig"] == {"maximumConcurrency": expected}
    assert "scalingConfig" not in render(api(OnMessage(Queue("q"), worker(tmp_path))), "aws").one(MAPPING).inputs


def test_event_sources_stand_beside_either_front(tmp_path: Path) -> None:
    both = [render(every_source(tmp_path), Aws(front=front)) for front in ("http", "rest")]
    mappings = [{each.name: each.inputs for each in stack.all(MAPPING)} for stack in both]
    assert mappings[0] == mappings[1]


def test_parts_of_the_sdk_are_loaded_where_they_are_used(tmp_path: Path) -> None:
    """In a fresh process: an Api of routes alone takes no longer for what it does not use."""
    program = (
        "import sys; from pathlib import Path; from sls_infra.testing import render;"
        "from tests.plan.specs import small; render(small(Path(sys.argv[1])), 'aws');"
        "print(*(name for name in sys.modules if name.startswith('pulumi_aws.')"
        " and name.count('.') == 2 and name.split('.')[1] in ('sqs', 'sns', 's3', 'dynamodb', 'scheduler')))"
    )
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program, str(tmp_path)],
        capture_output=True, text=True, timeout=120, cwd=Path(__file__).parents[3], check=True,
    )  # fmt: skip
    assert done.stdout.split() == []


def test_one_dead_letter_queue_may_serve_many(tmp_path: Path) -> None:
    dead, own = Queue("dead"), worker(tmp_path)
    events = [OnSchedule(f"s{number}", own, cron="* * * * *", dead_letter=dead) for number in range(12)]
    stack = render(api(*events), "aws")
    assert {known["dead_letter"] for known in told(stack)["events"].values()} == {stack.outputs["queues"]["dead"]}
    assert len([each for each in stack.all("sqs/queue:Queue") if not each.name.endswith("-events")]) == 1


def test_long_names_fit_with_the_suffixes_that_are_added(tmp_path: Path) -> None:
    long = "a-very-long-name-that-somebody-gave-to-it-because-they-could-ok"
    own = worker(tmp_path, long)
    events = [
        OnSchedule(long, own, cron="* * * * *"),
        OnMessage(Queue(long, fifo=True), own, name=f"q{long[1:]}"),
        OnUpload(Bucket(long), own, name=f"u{long[1:]}"),
        OnMessage(Topic(long), own, name=f"t{long[1:]}"),
    ]
    stack = render(api(*events), "aws")
    longest = {"sqs/queue:Queue": 80 - 13, "s3/bucket:Bucket": 63 - 8, "Schedule": 64 - 8, "iam/role:Role": 64 - 8}
    for type, limit in longest.items():
        made = stack.all(type)
        assert made, type
        assert all(len(each.logical_name) <= limit for each in made), type
