package corpus

// post is a right POST of JSON with version 5.
func post() *duo {
	return &duo{method: "POST", host: duoHost, path: "/admin/v2/policies", version: "5", date: duoDate(now), contentType: "application/json",
		body: `{"policy_name":"Strict é","apply_to_apps":["DIAAAA","DIBBBB"],"sections":{"browsers":{"max":3}}}`}
}

// form is a right POST of a form with version 2.
func form() *duo {
	pairs := [][2]string{{"username", "bob"}, {"realname", "Bob O'Smith"}, {"email", "bob@example.com"}}
	return &duo{method: "POST", host: duoHost, path: "/admin/v1/users", version: "2", date: duoDate(now), contentType: "application/x-www-form-urlencoded", pairs: pairs, body: params(pairs, false, plus)}
}

func duoBodyCases() []*Case {
	var all []*Case
	add := func(name, class, cause string, base func() *duo, change func(d *duo)) {
		d := base()
		change(d)
		all = append(all, d.build(name, class, cause))
	}
	add("the body was not signed", "B", "body_not_signed", post, func(d *duo) { d.signBody = text("") })
	add("the body was not sent", "B", "body_signed_not_sent", post, func(d *duo) { d.signBody, d.body = text(d.body), "" })
	add("{} was signed and nothing sent", "B", "body_signed_not_sent", post, func(d *duo) { d.signBody, d.body, d.contentType = text("{}"), "", "" })
	for name, body := range inOrder(map[string]string{
		"with blanks":                         `{"policy_name": "Strict é", "apply_to_apps": ["DIAAAA", "DIBBBB"], "sections": {"browsers": {"max": 3}}}`,
		"with sorted keys":                    `{"apply_to_apps":["DIAAAA","DIBBBB"],"policy_name":"Strict é","sections":{"browsers":{"max":3}}}`,
		"in ASCII with blanks, as json.dumps": `{"policy_name": "Strict \u00e9", "apply_to_apps": ["DIAAAA", "DIBBBB"], "sections": {"browsers": {"max": 3}}}`,
		"indented":                            "{\n  \"policy_name\": \"Strict é\",\n  \"apply_to_apps\": [\n    \"DIAAAA\",\n    \"DIBBBB\"\n  ],\n  \"sections\": {\n    \"browsers\": {\n      \"max\": 3\n    }\n  }\n}",
	}) {
		add("the JSON was signed "+name, "B", "body_reserialised", post, func(d *duo) { d.signBody = text(body) })
	}
	add("the file's last line end was dropped", "B", "body_line_end", post, func(d *duo) { d.signBody = text(d.body + "\n") })
	add("JSON was signed and a form sent", "B", "body_form_for_json", form, func(d *duo) {
		d.version, d.signParams = "5", text("")
		d.signBody = text(`{"username":"bob","realname":"Bob O'Smith","email":"bob@example.com"}`)
	})
	add("a form was signed and JSON sent, version 5", "B", "body_json_for_form", form, func(d *duo) {
		d.version, d.signParams, d.contentType = "5", text(""), "application/json"
		d.signBody, d.body = text(d.body), `{"username":"bob","realname":"Bob O'Smith","email":"bob@example.com"}`
	})
	add("a form was signed and JSON sent, version 2", "B", "body_json_for_form", form, func(d *duo) {
		d.body, d.contentType = `{"username":"bob","realname":"Bob O'Smith","email":"bob@example.com"}`, "application/json"
	})
	add("the form went into the query", "B", "params_misplaced", form, func(d *duo) { d.query, d.body = d.body, "" })
	add("the signed form was not sent", "B", "body_signed_not_sent", post, func(d *duo) {
		d.body, d.signBody = "", text(`{"name":"anything that is not in the request","n":42}`)
	})
	all[len(all)-1].Proved = false
	add("a GET with an unsigned body", "B", "body_not_signed", get, func(d *duo) { d.body, d.signBody, d.contentType = "{}", text(""), "application/json" })
	add("a form with a wrong order", "C", "params_unsorted", form, func(d *duo) { d.signParams = text(params(d.pairs, false, rfc)) })
	add("a form with + signed", "A", "space_encoding", form, func(d *duo) { d.signParams = text(params(d.pairs, true, plus)) })
	add("a parameter of a form was added after signing", "B", "form_params_changed", form, func(d *duo) { d.signParams = text(params(d.pairs[:2], true, rfc)) })
	add("a form was not signed", "B", "body_not_signed", form, func(d *duo) { d.signParams = text("") })
	add("a query beside a form with version 2", "H", "query_sent_not_signed", form, func(d *duo) { d.query = "force=true" })
	add("JSON with version 2", "F", "wrong_signature_version", post, func(d *duo) {
		d.version = "2"
		d.body, d.signParams = `{"a":1}`, text("%7B%22a%22%3A1%7D=")
	})
	add("right POST", "none", "", post, func(d *duo) {})
	add("right form", "none", "", form, func(d *duo) {})
	add("right POST with X-Duo-Date", "none", "", post, func(d *duo) { d.dateHeader, d.signXDuo = "X-Duo-Date", text("x-duo-date\x00"+d.date) })
	return all
}
