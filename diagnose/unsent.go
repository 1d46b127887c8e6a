package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// guess is a query that may have been signed and was not sent.
type guess struct {
	text string
	tier int
}

// unsent lists queries that may have been signed and left out. What was not sent can only be guessed: from elsewhere in
// the request, from earlier requests of the stream, and from what is usual with the vendor (guesses).
func (d *diagnosis) unsent(query string) []guess {
	var all []guess
	seen := map[string]bool{query: true, "": true}
	add := func(tier int, text string) {
		text = strings.TrimPrefix(text, "?")
		if !seen[text] {
			seen[text] = true
			all = append(all, guess{text, tier})
		}
	}
	for _, h := range urlHeaders {
		_, q, _ := strings.Cut(d.Request.Header.Get(h), "?")
		q, _, _ = strings.Cut(q, "#")
		add(usual, q)
	}
	if !hasForm(d.Request.Method) && len(d.Request.Body) > 0 && len(d.Request.Body) < 1<<14 {
		for _, q := range bodyAsQuery(d.Request.Body) {
			add(usual, q)
		}
	}
	path, _, _ := strings.Cut(d.Request.Target, "?")
	for _, q := range d.memory.queries(d.Signer, path) {
		add(rare, q)
	}
	return all
}

// guesses lists what is usual with the vendor: many, so that they come last.
// The first of them may be one of two mistakes.
func (d *diagnosis) guesses() []guess {
	var all []guess
	for i, q := range commonQueries(d.Signer) {
		tier := alone
		if i < 20 {
			tier = rare
		}
		all = append(all, guess{q, tier})
	}
	for _, q := range d.windows() {
		all = append(all, guess{q, alone})
	}
	return all
}

// urlHeaders carry the URL that a client or a proxy saw.
var urlHeaders = []string{"X-Original-Uri", "X-Original-Url", "X-Rewrite-Url", "X-Forwarded-Uri", "X-Request-Uri", "X-Envoy-Original-Path", "Referer"}

// bodyAsQuery reads parameters that went into the body of a request whose method has none.
func bodyAsQuery(body []byte) []string {
	text := strings.TrimSpace(string(body))
	if params := jsonParams(body); len(params) > 0 {
		return paramTexts(params)
	}
	if strings.Contains(text, "=") && !strings.ContainsAny(text, "\n{<") {
		return []string{text}
	}
	return nil
}

// paramTexts writes parameters as a query in the two usual encodings, as they came and sorted.
func paramTexts(params []param) []string {
	var all []string
	for _, arrange := range []func([]item) []item{asSent, byEncoded} {
		for _, st := range []style{rfc3986, {bare: "~", plus: true}} {
			var items []item
			for _, p := range params {
				items = append(items, item{p, st.pair(p)})
			}
			all = append(all, joinItems(arrange(items)))
		}
	}
	return all
}

// needTimes are Duo's endpoints that answer with logs: the first insist on mintime and maxtime.
var needTimes = []string{"/admin/v2/logs/", "/admin/v1/trust_monitor/events", "/admin/v1/logs/", "/admin/v2/", "/admin/v1/info/"}

// windows are the intervals of time that scripts ask logs for, around the request's own time.
func (d *diagnosis) windows() []string {
	if d.Signer != "duo" || d.stamp.at.IsZero() {
		return nil
	}
	logs := slices.ContainsFunc(needTimes[:3], func(p string) bool { return strings.Contains(d.Request.Target, p) })
	var all []string
	at := d.stamp.at.Unix()
	midnight := at - at%86400
	spans := []int64{86400, 3600, 7 * 86400, 30 * 86400, 2 * 86400, 12 * 3600, 6 * 3600, 600, 300, 900, 1800, 180 * 86400, 90 * 86400, 60, 365 * 86400, 14 * 86400, 120, 7200, 28 * 86400, 31 * 86400, 60 * 86400, 3 * 86400}
	for _, unit := range []string{"000", ""} {
		for _, end := range []int64{at, at - 1, at - 2, at - 120, at - 60, at - 3, at - 5, midnight, midnight + 86400, at - at%3600, at - at%60, at + 1} {
			maxtime := strconv.FormatInt(end, 10) + unit
			for _, span := range spans {
				mintime := strconv.FormatInt(end-span, 10) + unit
				all = append(all, "maxtime="+maxtime+"&mintime="+mintime, "mintime="+mintime, "limit=1000&maxtime="+maxtime+"&mintime="+mintime, "limit=100&maxtime="+maxtime+"&mintime="+mintime)
			}
			all = append(all, "maxtime="+maxtime, "maxtime="+maxtime+"&mintime=0")
		}
	}
	if !logs {
		return all
	}
	for _, end := range []int64{at, at - 1} { // in milliseconds
		for _, span := range spans[:4] {
			for ms := int64(1); ms < 1000; ms++ {
				all = append(all, fmt.Sprintf("maxtime=%d%03d&mintime=%d%03d", end, ms, end-span, ms))
			}
		}
	}
	return all
}

// commonQueries are what the documentation and the clients of the vendors ask for most.
func commonQueries(vendor string) []string {
	var all []string
	pairs := func(format string, values ...string) {
		for _, v := range values {
			all = append(all, fmt.Sprintf(format, v))
		}
	}
	numbers := []string{"1", "10", "100", "50", "20", "25", "5", "2", "3", "200", "250", "300", "500", "1000", "2000", "5000", "10000", "15", "30", "40", "75", "150"}
	pairs("limit=%s", numbers[:10]...)
	pairs("%s", "offset=0", "limit=1&offset=0", "limit=10&offset=0", "limit=100&offset=0", "limit=500", "limit=1000", "limit=300&offset=0", "page=1", "resultLimit=100", "did=1")
	pairs("limit=%s", numbers[10:]...)
	pairs("limit=%s&offset=0", numbers...)
	pairs("offset=%s", append([]string{"0"}, numbers...)...)
	pairs("offset=0&limit=%s", numbers...)
	pairs("%s", "page=1", "page=0", "format=json", "null", "v=1", "debug=true", "verbose=true", "sort=asc", "sort=desc", "order=asc", "order=desc")
	for _, n := range numbers[:12] {
		pairs("limit="+n+"&offset=%s", numbers...)
	}
	switch vendor {
	case "duo":
		pairs("username=%s", "root", "admin", "bob", "alice", "jdoe", "test", "user", "jsmith", "user1", "testuser", "narroway")
		pairs("mintime=%s", "0", "1", "")
		pairs("%s", "status=active", "status=bypass", "force=true", "fetch_all=true", "users=all", "realname=First%20Last", "realname=First%20Last&username=root", "limit=1000&sort=ts%3Adesc", "valid_secs=3600")
	case "darktrace":
		for _, k := range darktraceKeys {
			pairs(k+"=%s", "None", "", "null", "undefined", "true", "false", "0", "1")
		}
		pairs("did=%s", numbers...)
		pairs("count=%s", numbers...)
		pairs("pbid=%s", "12", "101", "123")
		pairs("seensince=%s", "1h", "1hour", "1hr", "24h", "1d", "1day", "3600", "86400", "30min", "5min", "12h", "7d", "1week")
		pairs("%s", "includetags=true&seensince=1h", "seensince=1h&includetags=true", "sid=1", "historicmodelonly=true", "expandenums=true", "minimal=true", "responsedata=name", "includeacknowledged=true", "fulldetails=true&source=ThreatIntel", "count=50&did=7", "did=4&tag=ops", "tag=ops", "tag=Active%20Threat")
	case "threatconnect":
		pairs("owner=%s", "Acme", "Acme%20Corp", "Acme+Corp", "Common%20Community", "Common+Community", "Demo+Org", "Demo%20Org", "Default", "System", "MyOrg", "Example", "Example%20Community", "Example+Community")
		pairs("resultLimit=%s", numbers...)
		pairs("resultStart=%s", append([]string{"0"}, numbers...)...)
		pairs("resultStart=0&resultLimit=%s", numbers...)
		pairs("resultLimit=%s&resultStart=0", numbers...)
		pairs("fields=%s", "tags", "attributes", "associatedIndicators", "associatedGroups", "securityLabels", "owner", "threatAssess", "observations", "additional", "groups", "cases")
		pairs("includeAdditional=%s", "true", "false")
		pairs("%s", "createActivityLog=false", "createActivityLog=true", "updateMode=merge", "mode=append", "includes=additional", "owner=Acme&resultStart=0&resultLimit=100", "fields=tags&fields=attributes", "updateIfExists=true", "filters=name%3Da", "sorting=id%20ASC", "sorting=dateAdded%20DESC")
	}
	return all
}

var darktraceKeys = []string{
	"ip", "did", "mac", "hostname", "count", "seensince", "includetags", "sid", "pbid", "pid", "starttime", "endtime", "from", "to", "minscore", "responsedata", "fulldetails", "source",
	"tag", "uuid", "uuids", "group", "groupid", "devicegroup", "devicegroupby", "saasfilter", "saasonly", "type", "query", "search", "searchquery", "order", "orderBy", "offset", "iptype", "cSensor",
	"includeacknowledged", "includebreachurl", "historicmodelonly", "minimal", "expandenums", "deviceattop", "creationtime", "eventtype", "applicationprotocol", "destinationport", "port", "protocol", "ddid", "odid", "odname",
	"externaldomain", "externalhostname", "showallgraphdata", "similardevices", "datatype", "metric", "msg", "blockedconnections", "intext", "name", "id", "fqdn", "locale", "subnet", "vlan", "page", "limit", "includechildren", "includeallpinned", "acknowledged", "attempts",
}

// leftOvers are a query with the numbers that an earlier page of the same answer had.
func leftOvers(params []param) [][]param {
	var all [][]param
	step := int64(0)
	for _, p := range params {
		if n, err := strconv.ParseInt(p.value, 10, 64); err == nil && n > 0 && (p.key == "limit" || p.key == "resultLimit" || p.key == "count" || p.key == "rows") {
			step = n
		}
	}
	for i, p := range params {
		n, err := strconv.ParseInt(p.value, 10, 64)
		if err != nil || p.value == "" || n < 0 {
			continue
		}
		for _, other := range []int64{0, n - step, n + step, n - 1, n + 1, 1, n - 100, n - 10, n - 50, n - 1000, n + 100, n - 20, n - 25, n - 200, n - 500} {
			if other < 0 || other == n {
				continue
			}
			changed := slices.Clone(params)
			value := strconv.FormatInt(other, 10)
			changed[i] = param{raw: strings.TrimSuffix(p.raw, p.value) + value, key: p.key, value: value}
			all = append(all, changed)
		}
	}
	return all
}
