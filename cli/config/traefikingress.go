package config

import "strings"

// ingressPrefix begins the annotations of an Ingress that are Traefik's.
const ingressPrefix = "traefik.ingress.kubernetes.io/"

// ofIngresses is the provider of Ingresses. It has routers and services, and no middlewares: those are of kubernetescrd.
const ofIngresses = "kubernetes"

// ingress reads an Ingress, whose middlewares are in an annotation for all of its paths.
func (r traefikReader) ingress(n *Node, at named) {
	const annotation = ingressPrefix + "router.middlewares"
	annotations, spec := n.Get("metadata").Get("annotations"), n.Get("spec")
	list := annotations.Get(annotation)
	middlewares := r.references(list, "metadata.annotations."+annotation)
	for i, m := range middlewares {
		if !strings.Contains(m.text, "@") {
			middlewares[i].provider = ofIngresses
		}
	}
	class := spec.Get("ingressClassName").Text
	if class == "" {
		class = annotations.Get("kubernetes.io/ingress.class").Text
	}
	backends := []*Node{spec.Get("defaultBackend")}
	for _, rule := range spec.Get("rules").List {
		for _, path := range rule.Get("http").Get("paths").List {
			backends = append(backends, path.Get("backend"))
		}
	}
	for _, backend := range backends {
		if to := backend.Get("service"); to.Shape == Table {
			one := r.route(at, to, "spec.rules", "backend.service", to)
			one.Middlewares, one.class = middlewares, class
			one.secure = given(spec.Get("tls")) || given(annotations.Get(ingressPrefix+"router.tls"))
		}
	}
}

// applyClasses takes the middlewares from Ingresses that are for NGINX, once all files are read: Traefik's provider of these
// (kubernetesIngressNGINX) reads no annotations of its own, and the one of Traefik's Ingresses does not read them at all. An IngressClass
// that is in none of the files is known by its usual name.
func (t *Traefik) applyClasses() {
	const usual, controller = "nginx", "k8s.io/ingress-nginx"
	for _, r := range t.Routers {
		known, listed := t.classes[r.class]
		if len(r.Middlewares) > 0 && (known == controller || !listed && r.class == usual) {
			r.Unread = &r.Middlewares[0].Mark
			r.Middlewares = nil
		}
	}
}
