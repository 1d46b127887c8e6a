//go:build go1.21

package main

import "strings"

// overview is docs/presets.md, with ROWS in place of the presets. Double apostrophes are backquotes, which a raw
// string cannot have.
//
// Whoever adds a key to presets.Preset adds its row here: the fields' comments are for readers of the code. The
// page is written for operators who have a vendor that the project does not know, so it says first what a preset
// proves and what it does not, and then how to write one. docs/custom.md goes through an example,
// docs/operations.md is the reference of operations; neither is generated.
//
// Marks of Markdown that a table would take for its own are escaped here as well: POST\|PUT.
// Rows are sorted by the preset's name.
var overview = strings.ReplaceAll(`<!-- Made by go generate from signers/presets: change the files there, not this one. -->
# Presets

A preset describes a vendor as data: one JSON file with the options of a credential, the way to sign a request, the vendor's hosts, and the
endpoints that give out credentials. Use a preset like any other vendor: ''vendorsign veracode'' in a Caddyfile, ''"vendor": "veracode"'' in
Caddy's JSON, ''veracode'' in a Traefik label. Every command of ''vendorsign'' accepts it.

## All presets

*signs*: the secret stays in the gateway, and a request contains a signature. *reveals*: the vendor requires the secret itself, so anyone
who can read a request to the vendor has it; the gateway sends it only over verified TLS.

The proof is *published* if the preset reproduces a value that the vendor published, *client* if it reproduces a working client's value or
follows its code, and *derived* if only the vendor's documentation was available.

| preset | vendor | sends | proof |
|---|---|---|---|
ROWS

''vendorsign preset list'' prints this table, ''vendorsign preset show veracode'' one file, and ''vendorsign preset check veracode'' what an
operator should know about it.

## What a preset proves

Before a process first uses a preset, it signs the requests in the preset's file with a fixed clock and nonce. If a result differs, the
preset does not load. That proves that the preset is consistent: it works as its author tested it. It does not prove that the author was
right about the vendor. The page of each preset lists the source of every fact and how reliable it is, or *unknown*. Before you rely on a
preset, send one request with ''vendorsign probe''.

## The preset file

You can write your own preset in this format; [this page](custom.md) explains it step by step. A file can have at most 64 KiB, and an
unknown key is an error.

| key | |
|---|---|
| ''preset'' | the format, 1 |
| ''revision'' | counts the changes of the file |
| ''name'' | lower-case letters, digits and underscores; not the name of a built-in vendor |
| ''title'' | the vendor's display name |
| ''page'' | the vendor's page on authentication |
| ''evidence'' | a sentence that says what the file is based on |
| ''proof'' | ''published'', ''client'' or ''derived'', as above |
| ''sources'' | where each fact is from: ''fact'', ''where'', ''sure'' (''published'', ''client'', ''documented'', ''unknown''), ''note'' |
| ''options'' | the options of a configuration, see below |
| ''nonce'' | the kind of the value ''nonce'': ''uuid'', ''alnum:N'', ''digits:N'', ''hex:N'' or ''base64:N'', with N from 8 to 128 |
| ''operations'' | how a request is signed: the [operations](operations.md) |
| ''owns'' | headers to remove from the client's request, in addition to those that the operations set or remove; ''X-Acme-*'' matches all headers with that prefix |
| ''body_first'', ''body_methods'' | read only this many bytes of the body, and only for these methods |
| ''hosts'' | the vendor's hosts; ''*.acme.example'' matches any name below it. Any other ''host'' causes a warning, or an error with ''hosts_only'' |
| ''guards'' | endpoints that read, create or reset credentials: ''"POST\|PUT /v1/keys"'', with ''*'' for any method, ''*'' within a path segment, ''**'' for any number of segments. Write paths in lower case; each guard also closes everything below its path |
| ''guard_vectors'' | requests that the guards must refuse (''refused'') and let pass (''passed'') |
| ''multiplexed'', ''multiplexed_paths'' | a parameter or the body selects the action of one endpoint: these paths, or all, are closed without ''allow_multiplexed'' |
| ''probe'' | a cheap harmless call such as ''GET /v1/status'', or ''unknown'' |
| ''window'' | how far a date may be off, such as ''5m'', or ''unknown'' |
| ''hides'' | response headers that clients must not get, also in trailers and in interim responses (103) |
| ''refusals'' | what an answer means: ''status'', ''contains'' (a text in the body, case-insensitive), ''means'': ''clock'', ''date'', ''signature'', ''key'', ''rights'', ''rate'' or ''unclear''. The first match counts |
| ''engine'', ''token'' | ''operations'' and ''null'' |
| ''ended'' | the date on which the vendor retires this API |
| ''vectors'' | requests with their expected results, see below |
| ''claim'' | where an app's signature is in a request, so that [apps](apps.md) can have local keys: see [your own scheme](custom.md#apps) |
| ''docs'' | Markdown for the preset's page: what to create at the vendor, with which rights, and the reasons for the guards |

An option has ''name'' and ''doc'', and if needed: ''secret'', ''list'' (several values), ''lines'' (several values that can contain
spaces), ''number'', ''flag'', ''key'' (a private key, in PEM), ''default'', ''values'' (what is accepted), ''check'' (''hex'', ''base64'',
''dns_label'', ''uuid'', ''digits'', ''word'', ''host'', ''zscaler_key''), ''also'' (the vendor's own names for it, for hints), ''required''
(true unless there is a default), ''apart'' (characters that end it where it is sent, so that no value may have them: '':'' for the user of
Basic authentication), ''apart_if'' (the option and the value that make ''apart'' apply: ''basic_encoding raw''), ''sample'' (a valid
value), ''variable'' (the environment variable that usually holds it).

A vector has ''id'', ''config'' (the options with literal secrets, never those of a real credential), ''request'' (''method'', ''url'',
''headers'', ''body'' or ''body_b64''), ''time'', ''nonce'', ''date'' (the text of the date, if it does not follow from ''time''), and
''expect'': ''headers'', ''query'' (parameters, decoded), ''target'', ''canonical'' (the text that is signed), ''string_to_sign'' (one of
the texts that are hashed or signed), or ''error'' (part of the reason why it is refused). At least one is required; ''signature'' and
''value'' are for human readers. ''source'' says where the expected result comes from, and ''derived'' is true if the author computed it. `,
	"''", "`")
