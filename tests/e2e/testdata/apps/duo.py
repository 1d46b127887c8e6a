"""Makes the calls of standard input, one JSON object a line, with Duo's own client, and prints the status of each answer."""

import json
import sys

import duo_client

APIS = {"Admin": duo_client.Admin, "Auth": duo_client.Auth, "Accounts": duo_client.Accounts}

for line in sys.stdin:
    call = json.loads(line)
    client = APIS[call["api"]](ikey=call["ikey"], skey=call["skey"], host=call["host"], ca_certs=call["ca"])
    client.port = call["port"]
    response, _ = client.api_call(call["method"], call["path"], call["params"])
    print(response.status, flush=True)
