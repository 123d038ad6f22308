"""The SAM translator. Argument: N."""

import sys
from unittest.mock import MagicMock, PropertyMock, patch

from samtranslator.translator.transform import transform

count = int(sys.argv[1])
events = {f"E{i}": {"Type": "HttpApi", "Properties": {"Path": f"/r{i}/{{id}}", "Method": "GET"}} for i in range(count)}
shop = {"CodeUri": "s3://bucket/key", "Handler": "app.read", "Runtime": "python3.12", "Events": events}
template = {
    "Transform": "AWS::Serverless-2016-10-31",
    "Resources": {"Shop": {"Type": "AWS::Serverless::Function", "Properties": shop}},
}
policies = MagicMock()
policies.load.return_value = {}
with patch("boto3.session.Session.region_name", new_callable=PropertyMock(return_value="eu-west-1")):
    made = transform(template, {}, policies)
print(len(made["Resources"]))
