"""Makes the calls of standard input, one JSON object a line, with AWS's own client, and prints the status of each answer."""

import json
import sys
import urllib.error
import urllib.request

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError


def status(call):
    config = Config(s3={"addressing_style": "path", "payload_signing_enabled": True}, retries={"max_attempts": 0}, signature_version=call.get("signature"))
    client = boto3.client(call["service"], endpoint_url=call["url"], region_name="us-east-1", aws_access_key_id=call["id"],
                          aws_secret_access_key=call["secret"], verify=call["ca"] or None, config=config)
    if call["operation"] == "presigned":
        url = client.generate_presigned_url("get_object", Params=call["params"], ExpiresIn=60)
        try:
            with urllib.request.urlopen(url) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code
    try:
        answer = getattr(client, call["operation"])(**call["params"])
        if "Body" in answer and answer["Body"].read() != call["body"].encode():
            return "another body"
        return answer["ResponseMetadata"]["HTTPStatusCode"]
    except ClientError as refusal:
        return refusal.response["ResponseMetadata"]["HTTPStatusCode"]


for line in sys.stdin:
    print(status(json.loads(line)), flush=True)
