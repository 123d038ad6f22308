"""Links on AWS, by boto3, which Lambda's Python runtimes bring along (docs.aws.amazon.com/lambda/latest/dg/lambda-
python.html): it is never in a bundle, and imported on first use."""
