package traefik

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/traefik/traefik/v3/pkg/provider/kubernetes/crd/traefikio/v1alpha1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	strict "sigs.k8s.io/json"
	sigsyaml "sigs.k8s.io/yaml"
)

const examples = "../../docs/examples/kubernetes"

// kinds are those that the manifests may have, as the types that the API server or Traefik itself decodes them into.
var kinds = map[string]func() metav1.Object{
	"v1 Namespace":      func() metav1.Object { return new(corev1.Namespace) },
	"v1 Secret":         func() metav1.Object { return new(corev1.Secret) },
	"v1 ConfigMap":      func() metav1.Object { return new(corev1.ConfigMap) },
	"v1 Service":        func() metav1.Object { return new(corev1.Service) },
	"v1 ServiceAccount": func() metav1.Object { return new(corev1.ServiceAccount) },
	"apps/v1 Deployment": func() metav1.Object {
		return new(appsv1.Deployment)
	},
	"networking.k8s.io/v1 NetworkPolicy": func() metav1.Object { return new(networkingv1.NetworkPolicy) },
	"rbac.authorization.k8s.io/v1 Role":  func() metav1.Object { return new(rbacv1.Role) },
	"rbac.authorization.k8s.io/v1 RoleBinding": func() metav1.Object {
		return new(rbacv1.RoleBinding)
	},
	"traefik.io/v1alpha1 Middleware":       func() metav1.Object { return new(v1alpha1.Middleware) },
	"traefik.io/v1alpha1 IngressRoute":     func() metav1.Object { return new(v1alpha1.IngressRoute) },
	"traefik.io/v1alpha1 ServersTransport": func() metav1.Object { return new(v1alpha1.ServersTransport) },
}

// decode reads every manifest. What a type does not know, and a key that is there twice, is an error.
func decode(t *testing.T) map[string][]metav1.Object {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(examples, "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	more, err := filepath.Glob(filepath.Join(examples, "*", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	found := make(map[string][]metav1.Object)
	for _, file := range append(files, more...) {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		for documents := yaml.NewDocumentDecoder(f); ; {
			document := make([]byte, 1<<20)
			n, err := documents.Read(document)
			if errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			text, err := sigsyaml.YAMLToJSONStrict(document[:n])
			if err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			var meta metav1.TypeMeta
			if err := strict.UnmarshalCaseSensitivePreserveInts(text, &meta); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			kind := meta.APIVersion + " " + meta.Kind
			empty, ok := kinds[kind]
			if !ok {
				t.Errorf("%s: the kind %q", file, kind)
				continue
			}
			object := empty()
			// As the API server decodes: unlike encoding/json it does not take externalname for externalName.
			wrong, err := strict.UnmarshalStrict(text, object)
			if err := errors.Join(append(wrong, err)...); err != nil {
				t.Errorf("%s: %v in\n%s", file, err, document[:n])
			}
			if meta.Kind != "Namespace" && object.GetNamespace() != "vendorsign" {
				t.Errorf("%s: %s is in the namespace %q", file, object.GetName(), object.GetNamespace())
			}
			// By gateway: traefik and caddy have services of the same names.
			folder := filepath.Base(filepath.Dir(file))
			found[folder] = append(found[folder], object)
		}
	}
	return found
}

// of returns the objects of one type.
func of[T metav1.Object](objects []metav1.Object) (some []T) {
	for _, o := range objects {
		if typed, ok := o.(T); ok {
			some = append(some, typed)
		}
	}
	return some
}

func TestEveryManifestDecodesStrictly(t *testing.T) {
	found := decode(t)
	if len(found["kubernetes"]) != 3 || len(found["traefik"]) != 25 || len(found["caddy"]) != 7 {
		t.Errorf("%d, %d and %d objects", len(found["kubernetes"]), len(found["traefik"]), len(found["caddy"]))
	}
	if n := len(of[*v1alpha1.Middleware](found["traefik"])); n != 5 {
		t.Errorf("%d middlewares", n)
	}
	for folder, objects := range found {
		names := make(map[string]bool)
		for _, o := range objects {
			name := fmt.Sprintf("%T %s", o, o.GetName())
			if names[name] {
				t.Errorf("%s is declared twice in %s", name, folder)
			}
			names[name] = true
		}
	}
}

// What a name refers to is there, since nothing but a running cluster would say so.
func TestTheManifestsReferToWhatThereIs(t *testing.T) {
	objects := decode(t)["traefik"]
	services, middlewares, transports := map[string]*corev1.Service{}, map[string]*v1alpha1.Middleware{}, map[string]bool{}
	for _, s := range of[*corev1.Service](objects) {
		services[s.Name] = s
	}
	for _, m := range of[*v1alpha1.Middleware](objects) {
		middlewares[m.Name] = m
	}
	for _, s := range of[*v1alpha1.ServersTransport](objects) {
		transports[s.Name] = true
	}
	for _, r := range of[*v1alpha1.IngressRoute](objects) {
		route := r.Spec.Routes[0]
		middleware, target := middlewares[route.Middlewares[len(route.Middlewares)-1].Name], route.Services[0]
		vendor := services[target.Name]
		if middleware == nil || vendor == nil || target.ServersTransport != "" && !transports[target.ServersTransport] {
			t.Errorf("%s refers to what is not there: %+v", r.Name, route)
			continue
		}
		if vendor.Spec.Type != corev1.ServiceTypeExternalName || target.Scheme != "https" || vendor.Spec.Ports[0].Port != target.Port.IntVal {
			t.Errorf("%s does not go to its vendor by TLS: %+v", r.Name, target)
		}
		if config := string(middleware.Spec.Plugin["vendorsign"].Raw); !strings.Contains(config, `"host":"`+vendor.Spec.ExternalName+`"`) {
			t.Errorf("the credential of %s is for another host than %s: %s", r.Name, vendor.Spec.ExternalName, config)
		}
		if asked := services[r.Name]; asked == nil || asked.Spec.Selector["app"] != "traefik" || !strings.Contains(route.Match, "Host(`"+r.Name+".vendorsign`)") {
			t.Errorf("applications do not reach the route %s", r.Name)
		}
	}
}

// Each pod mounts its secrets as a folder, reads them as nobody in particular, and knows the ports that are asked for.
func TestThePodsMountTheirSecretsAsFolders(t *testing.T) {
	found := decode(t)
	secret := of[*corev1.Secret](found["kubernetes"])[0]
	for gateway, objects := range map[string][]metav1.Object{"traefik": found["traefik"], "caddy": found["caddy"]} {
		deployment := of[*appsv1.Deployment](objects)[0]
		pod := deployment.Spec.Template
		container := pod.Spec.Containers[0]
		mounted := false
		for _, m := range container.VolumeMounts {
			if m.SubPath != "" {
				t.Errorf("%s: %s is mounted with a subPath", gateway, m.Name)
			}
			for _, v := range pod.Spec.Volumes {
				if v.Secret != nil && v.Name == m.Name {
					mounted = v.Secret.SecretName == secret.Name && *v.Secret.DefaultMode == 0o440 && m.ReadOnly && m.MountPath == "/etc/vendorsign/secrets"
				}
			}
		}
		if !mounted {
			t.Errorf("%s does not mount its secrets: %+v", gateway, pod.Spec.Volumes)
		}
		if c := pod.Spec.SecurityContext; !*c.RunAsNonRoot || c.FSGroup == nil || !*container.SecurityContext.ReadOnlyRootFilesystem {
			t.Errorf("%s runs with too many rights: %+v", gateway, c)
		}
		ports := make(map[string]bool)
		for _, p := range container.Ports {
			ports[p.Name] = true
		}
		for _, s := range of[*corev1.Service](objects) {
			if s.Spec.Type == corev1.ServiceTypeExternalName {
				continue
			}
			if !ports[s.Spec.Ports[0].TargetPort.StrVal] || pod.Labels["app"] != s.Spec.Selector["app"] {
				t.Errorf("the service %s does not lead to %s", s.Name, gateway)
			}
		}
	}
}
