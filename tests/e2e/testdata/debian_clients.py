"""Calls a vendor through a gateway by a client that Debian has packaged. Standard input is a JSON object with what to do; one line is
printed for each call: its name, then ok or the status of the refusal."""

import hashlib
import json
import sys

todo = json.load(sys.stdin)


def attempt(name, call, refused):
    try:
        call()
    except Exception as e:
        status = refused(e)
        if status is None:
            raise
        print(name, status)
    else:
        print(name, "ok")


def duo():
    import duo_client

    ca = todo.get("ca") or "HTTP"

    def refused(e):
        return getattr(e, "status", None)

    for form, more in (
        ("usual", {}),
        ("v2-sha512", {"sig_version": 2, "digestmod": hashlib.sha512}),
        ("v4", {"sig_version": 4, "digestmod": hashlib.sha512}),
    ):
        def api(cls):
            c = cls(todo["key_id"], todo["secret"], todo["host"], ca_certs=ca, port=todo["port"])
            for name, value in more.items():  # the three classes take no version, but have one
                setattr(c, name, value)
            return c

        admin, auth, accounts = api(duo_client.Admin), api(duo_client.Auth), api(duo_client.Accounts)
        attempt(form + " Admin.get_users_by_name", lambda: admin.get_users_by_name("a+b ä&c"), refused)
        attempt(form + " Admin.add_user", lambda: admin.add_user("a+b ä&c", realname="A B"), refused)
        attempt(form + " Auth.check", auth.check, refused)
        attempt(form + " Auth.preauth", lambda: auth.preauth(username="alice", ipaddr="192.0.2.1"), refused)
        attempt(form + " Accounts.get_child_accounts", accounts.get_child_accounts, refused)


def boto3():
    import boto3
    import botocore.config
    import botocore.exceptions

    def client(service):
        return boto3.client(
            service,
            region_name=todo["region"],
            endpoint_url="%s://%s:%d" % ("https" if todo.get("ca") else "http", todo["host"], todo["port"]),
            aws_access_key_id=todo["key_id"],
            aws_secret_access_key=todo["secret"],
            verify=todo.get("ca") or None,
            config=botocore.config.Config(retries={"max_attempts": 0}, s3={"addressing_style": "path"}),
        )

    def refused(e):
        if isinstance(e, botocore.exceptions.ClientError):
            return e.response["ResponseMetadata"]["HTTPStatusCode"]
        return None

    guardduty = client("guardduty")
    attempt("guardduty list_detectors", lambda: guardduty.list_detectors(MaxResults=5), refused)
    attempt("guardduty create_ip_set", lambda: guardduty.create_ip_set(
        DetectorId="d", Name="a+b ä", Format="TXT", Location="https://example.com/x", Activate=True), refused)


{"duo": duo, "boto3": boto3}[todo["client"]]()
