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

A preset is a vendor as data: one JSON file that says which options a credential has, how a request is signed, which hosts the
vendor has and which of its endpoints give out credentials. A configuration names a preset as it names Duo: ''vendorsign veracode''
in a Caddyfile, ''"vendor": "veracode"'' in Caddy's JSON, ''veracode'' in a label of Traefik. Every command of ''vendorsign'' takes it.

## All presets

*signs*: the secret stays in the gateway, and a request shows a signature. *reveals*: the vendor wants the secret itself, so whoever
can read a request to the vendor has it; the gateway sends it over verified TLS alone.

The proof is *published* if a value that the vendor published comes out, *client* if a value of a working client comes out or its
code was read, and *derived* if there was only the vendor's documentation.

| preset | vendor | sends | proof |
|---|---|---|---|
ROWS

''vendorsign preset list'' prints this table, ''vendorsign preset show veracode'' a file, ''vendorsign preset check veracode'' what an
operator should know of it.

## What a preset proves

Before its first use in a process a preset signs the requests in its own file, with a fixed clock and nonce, and does not load if one
comes out otherwise. That proves that it is consistent: the program that runs is the one that its author tested. It does not prove
that the author was right about the vendor. The page of each preset lists the source of every fact and how sure it is, and says
*unknown* where none was found. Before you rely on a preset, let ''vendorsign probe'' send one request.

## The preset file

A preset of your own is a file of this form; [a page](custom.md) goes through one step by step. A file has at most 64 KiB, and an
unknown key is an error.

| key | |
|---|---|
| ''preset'' | the format, 1 |
| ''revision'' | counts the changes of the file |
| ''name'' | lower-case letters, digits and underscores; not the name of a vendor that is built in |
| ''title'' | the vendor's name for people |
| ''page'' | the vendor's page on authentication |
| ''evidence'' | a sentence on what was read to write the file |
| ''proof'' | ''published'', ''client'' or ''derived'', as above |
| ''sources'' | where each fact is from: ''fact'', ''where'', ''sure'' (''published'', ''client'', ''documented'', ''unknown''), ''note'' |
| ''options'' | what a configuration has, see below |
| ''nonce'' | the kind of the value ''nonce'': ''uuid'', ''alnum:N'', ''digits:N'', ''hex:N'' or ''base64:N'', with N from 8 to 128 |
| ''operations'' | how a request is signed: the [operations](operations.md) |
| ''owns'' | more headers that are taken from the client, apart from those that the operations set or take away; ''X-Acme-*'' is all with that beginning |
| ''body_first'', ''body_methods'' | only so many bytes of the body are read, and only for these methods |
| ''hosts'' | the vendor's hosts; ''*.acme.example'' is any name below it. Another ''host'' is a warning, or an error with ''hosts_only'' |
| ''guards'' | endpoints that read, make or reset credentials: ''"POST\|PUT /v1/keys"'', with ''*'' for any method, ''*'' within a part of a path, ''**'' for any parts. Lower case; each closes what is below it too |
| ''guard_vectors'' | requests that the guards must refuse (''refused'') and let pass (''passed'') |
| ''multiplexed'', ''multiplexed_paths'' | one endpoint does everything by a parameter or its body: these paths, or all, are closed without ''allow_multiplexed'' |
| ''probe'' | a cheap harmless call such as ''GET /v1/status'', or ''unknown'' |
| ''window'' | how far a date may be off, such as ''5m'', or ''unknown'' |
| ''hides'' | headers of answers that clients must not get, also in trailers and in what comes before the answer (103) |
| ''refusals'' | what an answer means: ''status'', ''contains'' (a text in the body, in any letter case), ''means'': ''clock'', ''date'', ''signature'', ''key'', ''rights'', ''rate'' or ''unclear''. The first that fits counts |
| ''engine'', ''token'' | ''operations'' and ''null'' |
| ''ended'' | the date on which the vendor ends this |
| ''vectors'' | requests with what must come out of them, see below |
| ''docs'' | Markdown for the preset's page: what to create at the vendor, with which rights, and why the guards are what they are |

An option has ''name'' and ''doc'', and of these what it needs: ''secret'', ''list'' (several values), ''lines'' (several, with blanks in
them), ''number'', ''flag'', ''key'' (a private key, in PEM), ''default'', ''values'' (what is accepted), ''check'' (''hex'', ''base64'',
''dns_label'', ''uuid'', ''digits'', ''host''), ''also'' (the vendor's own words for it, for hints), ''required'' (true unless there is a default),
''sample'' (a value that is accepted), ''variable'' (the environment variable in which users keep it).

A vector has ''id'', ''config'' (the options, secrets written out: none of a real credential), ''request'' (''method'', ''url'', ''headers'',
''body'' or ''body_b64''), ''time'', ''nonce'', ''date'' (the text of the date, where ''time'' does not say it), and ''expect'': ''headers'', ''query''
(parameters, decoded), ''target'', ''canonical'' (the text that is signed), ''string_to_sign'' (one of the texts that
are hashed or signed), or ''error'' (part of the reason why it is refused). One of them must be there; ''signature'' and ''value'' are
for people. ''source'' says where the expectation is from, and ''derived'' is true where it was computed by the author.
`, "''", "`")
