package config

import (
	"regexp"
	"strings"
)

// Exposed is a header, or a parameter of the query, that Traefik's own traces or metrics show of requests as they are sent.
type Exposed struct {
	Mark
	// Where it is shown: traces or metrics.
	Where string
	Name  string
	// Param: it is a parameter of the query.
	Param bool
}

// The options that expose what requests are sent with.
const (
	tracedHeaders = "tracing.capturedRequestHeaders"
	tracedParams  = "tracing.safeQueryParams"
	headerLabels  = "metrics.prometheus.headerLabels"
)

// exposed takes these options from a file. Labels of metrics have headers as they are sent where there are metrics of services: those of
// entry points and routers have the client's.
func (r traefikReader) exposed(n *Node) {
	tracing, prometheus := n.Fold("tracing"), n.Fold("metrics").Fold("prometheus")
	for _, option := range []string{tracedHeaders, tracedParams} {
		for _, name := range tracing.Fold(strings.TrimPrefix(option, "tracing.")).Words() {
			r.expose("traces", option, name.Text, name.Line)
		}
	}
	if prometheus.Fold("addServicesLabels").Text == "false" {
		return
	}
	for _, e := range prometheus.Fold("headerLabels").Table {
		r.expose("metrics", headerLabels+"."+e.Key, e.Value.Text, e.Line)
	}
}

// expose adds a header, or with tracedParams a parameter.
func (r traefikReader) expose(where, option, name string, line int) {
	e := Exposed{Mark: r.mark(line, option), Where: where, Name: strings.TrimSpace(name), Param: option == tracedParams}
	r.Exposed = append(r.Exposed, e)
}

// tracedSetting is --tracing.capturedrequestheaders=LIST or --tracing.safequeryparams=LIST, or the variable.
var tracedSetting = regexp.MustCompile(`(?i)^(?:--tracing\.|TRAEFIK_TRACING_)(?:(capturedrequestheaders)|safequeryparams)=(.+)$`)

// labelSetting is --metrics.prometheus.headerlabels.LABEL=HEADER, or the variable.
var labelSetting = regexp.MustCompile(`(?i)^(?:--metrics\.prometheus\.|TRAEFIK_METRICS_PROMETHEUS_)headerlabels[._]([^=]+)=(.+)$`)

// exposedSetting takes such an option from a flag, or from a variable with its value.
func (r traefikReader) exposedSetting(text string, line int) {
	if m := tracedSetting.FindStringSubmatch(text); m != nil {
		option := tracedParams
		if m[1] != "" {
			option = tracedHeaders
		}
		for _, name := range strings.Split(m[2], ",") {
			r.expose("traces", option, name, line)
		}
	}
	if m := labelSetting.FindStringSubmatch(text); m != nil {
		r.expose("metrics", headerLabels+"."+m[1], m[2], line)
	}
}
