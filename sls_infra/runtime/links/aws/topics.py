"""Topics on SNS."""

from __future__ import annotations

from .clients import client, translated
from .queues import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Topic:
    """A topic, by its ARN."""

    def __init__(self, name: str, address: str, described: Mapping[str, Any]) -> None:
        self._what = f'topic "{name}"'
        self._arn = address

    def publish(self, body: str, attributes: Mapping[str, str]) -> str:
        """As `drivers.Topic.publish`."""
        sns = client("sns", self._arn)
        with translated(self._what):
            answer = sns.publish(TopicArn=self._arn, Message=body, MessageAttributes=texts(attributes))
        return str(answer["MessageId"])
