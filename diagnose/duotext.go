package diagnose

import (
	"strings"
)

// duoFrames are the signature versions, the configured one first.
func (d *diagnosis) duoFrames() {
	version, hash := d.option("signature_version", "5"), d.option("digest", "sha512")
	if version != "2" {
		hash = "sha512"
	}
	date := newSlot("date", d.stamp.text)
	method := newSlot("method", strings.ToUpper(d.Request.Method))
	host := newSlot("host", d.duoHost())
	path, _, _ := strings.Cut(d.Request.Target, "?")
	where := newSlot("path", path)
	body := newSlot("body sha512", hexOf512(string(d.Request.Body)))
	xduo := newSlot("x-duo headers sha512", hexOf512(xDuoText(d.xDuo(), "\x00", true)))
	params := make(map[string]*slot) // versions with the same source share them
	line := func(v string) *frame {
		source := "5"
		if hasForm(d.Request.Method) && v < "4" {
			if source = "2"; v == "3" {
				source = "3"
			}
		}
		if params[source] == nil {
			params[source] = newSlot("params", d.duoParams(source))
		}
		f := &frame{slots: []*slot{date, method, host, where, params[source]}, source: source}
		switch v {
		case "1":
			f.slots = f.slots[1:]
		case "4":
			f.slots = append(f.slots, body)
		case "5":
			f.slots = append(f.slots, body, xduo)
		}
		f.layouts = []layout{{join: lines("\n")}}
		return f
	}
	first := line(version)
	first.macs = []mac{{sum: hmacOf(digestNamed(hash), d.trueSecret())}}
	d.frames = []*frame{first}
	d.later = func() {
		first.macs = d.keyed(hash, d.option("integration_key", ""))
		for _, name := range []string{"Date", "X-Duo-Date"} {
			if v := strings.TrimSpace(d.Request.Header.Get(name)); v != "" {
				date.wrong("date_overridden", frequent, v)
			}
		}
		d.fillDates(date)
		d.fillMethods(method)
		d.fillHost(host)
		d.fillPath(where)
		d.fillBodySum(body)
		d.fillXDuo(xduo)
		keys := alterations(d.trueSecret(), d.option("integration_key", ""), d.Signer, nil)
		_, isJSON := parseJSON(d.Request.Body)
		for _, v := range []string{"5", "4", "2", "1", "3"} {
			if v == "3" && !isJSON { // it signed JSON as it stands
				continue
			}
			for _, h := range []string{"sha512", "sha1", "sha256"} {
				if v == version && h == hash {
					continue
				}
				f := line(v)
				f.weight = 1
				f.macs = []mac{{sum: hmacOf(digestNamed(h), d.trueSecret())}}
				for _, k := range keys {
					if k.tier <= usual {
						f.macs = append(f.macs, mac{sum: hmacOf(digestNamed(h), k.secret), cause: []string{k.cause}, tier: k.tier})
					}
				}
				if v != version {
					f.causes = []string{"wrong_signature_version"}
					f.note = "the signature is one of version " + v + " with " + h + ", and version " + version + " with " + hash + " is configured"
				}
				if h != hash && (v == version || version == "2" || h == "sha256") {
					f.causes = append(f.causes, "wrong_digest")
				}
				d.frames = append(d.frames, f)
			}
		}
		filled := make(map[*slot]bool)
		for _, f := range d.frames {
			f.layouts = append(f.layouts, duoLayouts(len(f.slots), len(f.slots) == 4)...)
			for _, s := range f.slots {
				if s.label == "params" && !filled[s] {
					filled[s] = true
					d.fillDuoParams(s, f.source)
				}
			}
		}
	}
}

// lines joins the parts with a separator.
func lines(separator string) func([]string, func(int, string)) {
	return func(texts []string, write func(int, string)) {
		for i, t := range texts {
			if i > 0 {
				write(-1, separator)
			}
			write(i, t)
		}
	}
}

// duoLayouts are other ways to join the lines.
func duoLayouts(n int, undated bool) []layout {
	var all []layout
	add := func(cause string, tier int, join func([]string, func(int, string))) {
		all = append(all, layout{join, cause, tier})
	}
	plainLines := lines("\n")
	add("text_layout", frequent, func(t []string, w func(int, string)) { plainLines(t, w); w(-1, "\n") })
	add("text_layout", frequent, lines("\r\n"))
	for _, separator := range []string{"\\n", "", " ", "&", "\r", "\n\n", ":", "|", ", "} {
		add("text_layout", usual, lines(separator))
	}
	add("text_layout", usual, func(t []string, w func(int, string)) { w(-1, "\n"); plainLines(t, w) })
	add("text_layout", usual, func(t []string, w func(int, string)) { plainLines(t, w); w(-1, "\r\n") })
	without := func(drop int) func([]string, func(int, string)) {
		return func(t []string, w func(int, string)) {
			first := true
			for i, text := range t {
				if i == drop {
					continue
				}
				if !first {
					w(-1, "\n")
				}
				first = false
				w(i, text)
			}
		}
	}
	host, params := 2, 4
	if undated {
		host, params = 1, 3
	}
	add("host_missing", frequent, without(host))
	add("text_layout", usual, func(t []string, w func(int, string)) {
		if t[params] == "" {
			without(params)(t, w)
		} else {
			plainLines(t, w)
		}
	})
	for drop := range min(n, params+1) { // without one of the last it is another version
		if drop != host {
			add("text_layout", usual, without(drop))
		}
	}
	for i := range n - 1 { // two lines swapped
		add("text_layout", usual, func(t []string, w func(int, string)) {
			for at := range t {
				if at > 0 {
					w(-1, "\n")
				}
				switch at {
				case i:
					w(i+1, t[i+1])
				case i + 1:
					w(i, t[i])
				default:
					w(at, t[at])
				}
			}
		})
	}
	add("text_layout", usual, func(t []string, w func(int, string)) { // the query left at the path
		for i := range t {
			if i > 0 && i <= params {
				w(-1, "\n")
			}
			switch {
			case i == params-1:
				w(i, t[i])
				w(-1, "?")
				w(params, t[params])
			case i < params:
				w(i, t[i])
			case i > params:
				w(-1, "\n")
				w(i, t[i])
			}
		}
	})
	add("text_layout", usual, func(t []string, w func(int, string)) { // the date last
		for at := 1; at < len(t); at++ {
			w(at, t[at])
			w(-1, "\n")
		}
		w(0, t[0])
	})
	return all
}
