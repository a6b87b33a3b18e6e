"""Prints the commands that put each function's alias back to where the last deployment of the stack put it."""

import sys

import boto3
from botocore.exceptions import ClientError

ALIAS = "live"


def deployed_versions(stack):
    """Name and number of each function's version, as CloudFormation knows it; none before the first deployment."""
    pages = boto3.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
    try:
        resources = [resource for page in pages for resource in page["StackResourceSummaries"]]
    except ClientError as error:
        if "does not exist" in str(error):
            return []
        raise
    kept = [one for one in resources if not one["ResourceStatus"].startswith("DELETE")]
    versions = [one["PhysicalResourceId"] for one in kept if one["ResourceType"] == "AWS::Lambda::Version"]
    # arn:aws:lambda:<region>:<account>:function:<name>:<number>
    return [arn.split(":")[-2:] for arn in versions]


functions = boto3.client("lambda")
for name, number in deployed_versions(sys.argv[1]):
    found = functions.get_alias(FunctionName=name, Name=ALIAS)["FunctionVersion"]
    if found != number:
        print(f"aws lambda update-alias --function-name {name} --name {ALIAS} --function-version {number}  # is at {found}")
