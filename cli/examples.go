package cli

// What the help shows as examples, of vendors that most readers know.

const signExample = `  $ vendorsign sign requests.jsonl
  $ tr -d '\n' < request.json | vendorsign sign`

// signLine is an object that sign reads, in two lines.
const signLine = `  {"signer": "threatconnect", "config": {"token": "t"},
   "request": {"method": "GET", "url": "https://tc.example/api"}}`

// verifyLine is an object that verify reads, in three lines.
const verifyLine = `  {"signer": "duo", "config": {"apps": [{"name": "billing",
   "key_id": "DIAPPBILLING00000000", "secret": "..."}]}, "request": {
   "method": "GET", "url": "https://duo.internal/x", "headers": {}}}`

// hashedKey is where a signed text begins with the key.
const hashedKey = "the key that Cortex hashes"

const simulateExample = `  $ vendorsign simulate duo
  $ vendorsign simulate duo --integration-key DIXXXXXXXXXXXXXXXXXX \
      --secret-key env:DUO_SKEY --listen 127.0.0.1:0
  $ vendorsign simulate carbonblack --demo siem --rate 25/5m
  $ vendorsign simulate all
  $ vendorsign simulate preset acme.json --set access_id=AB12 \
      --set secret_key=env:ACME_KEY`

const explainExample = `  $ vendorsign explain duo --config CONFIG --method GET \
      --url 'https://api-1.duosecurity.com/admin/v1/users?limit=1'`

// shellSecret is a secret in a shell.
const shellSecret = "$DUO_SKEY"

const diagnoseExample = `  $ vendorsign diagnose < requests.jsonl
  $ vendorsign diagnose duo --config CONFIG --raw request.txt \
      --response answer.txt`

const diagnoseByCurl = `  vendorsign diagnose duo --config F --response answer.txt \
    --curl "curl -H 'Date: ...' https://api-1.duosecurity.com/admin/v1/users"`

const probeExample = `  $ vendorsign probe duo --config duo.json
  $ vendorsign probe duo --integration-key DIX --secret-key env:DUO_SKEY \
      --host api-1.duosecurity.com --dry-run`

// probeCalls are the harmless calls of the vendors.
const probeCalls = `Carbon Black GET /integrationServices/v3/device?rows=1, Cortex GET /public_api/v1/healthcheck (XSOAR 6: /user),
Darktrace GET /status?format=json, Duo GET /auth/v2/check, ThreatConnect GET /api/v2/whoami`

const proxyExample = "  $ vendorsign proxy duo --config duo.json\n  $ curl http://127.0.0.1:8085/admin/v1/users"

const hostExamples = "duo.internal, *.internal or duo.internal:8085"

const appExample = `  $ vendorsign app new billing --vendor duo --gateway duo.internal \
      --file apps.json --master app_master
  $ vendorsign app rotate billing --file apps.json --master app_master
  $ vendorsign app revoke billing --file apps.json`

const appNewExample = `  $ vendorsign app new billing --vendor duo --gateway duo.internal \
      --file apps.json --master app_master --allow "GET /admin/v1/users/**"`
