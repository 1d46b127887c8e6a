package e2e

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// gatewayFleet is gateways that share the tokens of one credential.
type gatewayFleet struct {
	form    form
	vendor  *tokenVendor
	folder  string // where they are shared
	setups  []setup
	all     []*gateway
	fetches []*atomic.Int64 // of each gateway
	asking  chan int        // the gateways that ask for a token, in order
	route   *route
}

// startFleet starts gateways, each with its own proxy to the token service, which tells them apart.
func startFleet(t *testing.T, f form, m tokenMode, v *tokenVendor, size int, storage string) *gatewayFleet {
	t.Helper()
	fleet := &gatewayFleet{form: f, vendor: v, folder: v.cache, asking: make(chan int, 100), route: v.route(f, m, "-fleet")}
	for n := range size {
		count := new(atomic.Int64)
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			count.Add(1)
			fleet.asking <- n
			r.RequestURI = r.URL.RequestURI() // a proxy is sent the whole address
			v.Config.Handler.ServeHTTP(w, r)
		}))
		t.Cleanup(proxy.Close)
		own := *fleet.route
		own.options = own.options.with(options{"token_proxy": proxy.URL})
		s := setup{form: f, home: newHome(t), routes: []*route{&own}, global: "\tadmin off\n\tpersist_config off\n\tdebug\n"}
		if f == traefik {
			own.options["token_cache"] = fleet.folder
		} else {
			s.global += fmt.Sprintf(storage, fleet.folder)
		}
		fleet.setups = append(fleet.setups, s)
		fleet.all = append(fleet.all, s.start(t))
		fleet.fetches = append(fleet.fetches, count)
	}
	return fleet
}

// ask sends a request through one of the gateways.
func (f *gatewayFleet) ask(gateway int) (status int, body string, err error) {
	r, err := http.NewRequest("GET", "http://"+f.all[gateway].addr+"/api/v3/groups?a=1", nil)
	if err != nil {
		return 0, "", err
	}
	r.Host = f.route.name + ".test"
	response, err := crowdClient.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return response.StatusCode, string(text), err
}

// onslaught keeps requests coming through all gateways until it is ended.
type onslaught struct {
	good   []atomic.Int64
	spared atomic.Int64 // the gateway whose failures do not count
	stop   chan struct{}
	all    sync.WaitGroup
}

func (f *gatewayFleet) load(t *testing.T) *onslaught {
	o := &onslaught{good: make([]atomic.Int64, len(f.all)), stop: make(chan struct{})}
	o.spared.Store(-1)
	for n := range f.all {
		for range 4 {
			o.all.Go(func() {
				next := time.NewTicker(10 * time.Millisecond)
				defer next.Stop()
				for {
					select {
					case <-o.stop:
						return
					case <-next.C:
					}
					status, body, err := f.ask(n)
					switch {
					case o.spared.Load() == int64(n):
						return
					case err != nil || status != http.StatusOK:
						t.Errorf("gateway %d: answered %d %s, %v", n, status, body, err)
						return
					}
					o.good[n].Add(1)
				}
			})
		}
	}
	return o
}

func (o *onslaught) end() {
	close(o.stop)
	o.all.Wait()
}

// goOn waits until each gateway but one has answered many more requests.
func (o *onslaught) goOn(t *testing.T) {
	t.Helper()
	for n := range o.good {
		if before := o.good[n].Load(); int64(n) != o.spared.Load() {
			until(t, "more answers of gateway "+strconv.Itoa(n), func() bool { return o.good[n].Load() > before+20 || t.Failed() })
		}
	}
}

// next is the gateway that asks for a token next.
func (f *gatewayFleet) next(t *testing.T) int {
	t.Helper()
	select {
	case n := <-f.asking:
		return n
	case <-time.After(patience):
		t.Fatal("nobody asks for a token")
		return 0
	}
}

const fileStorage = "\tstorage file_system %s\n"

// fleetModes are the credentials of a fleet. Their first token ends soon, and the second one lives for an hour.
func fleetModes(t *testing.T, test func(t *testing.T, f form, m tokenMode, v *tokenVendor)) {
	t.Parallel()
	for _, f := range []form{caddyTransport, caddyHandler, traefik} {
		for _, m := range tokenModes[:2] {
			t.Run(string(f)+"/"+m.name, func(t *testing.T) {
				t.Parallel() // most of it is waiting: for a token to come due, and for a dead gateway's lock
				const soon = 15 * time.Second
				if m.name == "tc" {
					m.options = m.options.with(options{"token_expires": strconv.FormatInt(time.Now().Add(soon).Unix(), 10)})
				}
				v := newTokenVendor(t, m, time.Hour)
				if m.name != "tc" {
					v.short = soon
				}
				test(t, f, m, v)
			})
		}
	}
}

func TestAFleetRenewsOnceAndRefusesNothing(t *testing.T) {
	fleetModes(t, func(t *testing.T, f form, m tokenMode, v *tokenVendor) {
		fleet := startFleet(t, f, m, v, 3, fileStorage)
		load := fleet.load(t)
		if m.name != "tc" { // whose configuration brings one
			fleet.next(t)
		}
		load.goOn(t)
		fleet.next(t) // the token comes due
		load.goOn(t)
		time.Sleep(4 * time.Second) // for as long as the others may still have renewed the one before
		load.goOn(t)
		load.end()
		want := int64(1)
		if m.name != "tc" {
			want = 2
		}
		v.wantFetches(t, "three gateways", want)
		fleet.hidesTokens(t)
	})
}

func TestAFleetGoesOnWhenTheGatewayThatRenewsIsKilled(t *testing.T) {
	fleetModes(t, func(t *testing.T, f form, m tokenMode, v *tokenVendor) {
		fleet := startFleet(t, f, m, v, 3, fileStorage)
		first := int64(0)
		if m.name != "tc" {
			first = 1
			if status, body, err := fleet.ask(0); status != http.StatusOK {
				t.Fatalf("answered %d %s, %v", status, body, err)
			}
			fleet.next(t)
		}
		arrived, release := v.hold()
		defer release()
		load := fleet.load(t)
		dead := fleet.next(t)
		wait(t, arrived)
		load.spared.Store(int64(dead))
		if err := fleet.all[dead].cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		<-fleet.all[dead].done
		if heir := fleet.next(t); heir == dead {
			t.Fatal("the dead gateway asks")
		}
		load.goOn(t)
		load.end()
		v.wantFetches(t, "the dead gateway's, and one for all others", first+2)
		release() // the dead gateway's request is judged at last

		// It starts again. Its configuration knows only a token that is dead.
		fleet.all[dead] = fleet.setups[dead].start(t)
		for n := range fleet.all {
			if status, body, err := fleet.ask(n); status != http.StatusOK {
				t.Errorf("gateway %d: answered %d %s, %v", n, status, body, err)
			}
		}
		v.wantFetches(t, "after a restart", first+2)
		fleet.hidesTokens(t)
	})
}

// hidesTokens looks for what is secret in the shared folder and in the logs.
func (f *gatewayFleet) hidesTokens(t *testing.T) {
	t.Helper()
	secrets := f.vendor.tokens()
	for name, value := range f.route.options {
		for _, secret := range secretOptions {
			if name == secret {
				secrets = append(secrets, fmt.Sprint(value))
			}
		}
	}
	found := 0
	err := filepath.WalkDir(f.folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil
		}
		found++
		for _, secret := range secrets {
			if bytes.Contains(data, []byte(secret)) || strings.Contains(path, secret) {
				t.Errorf("%s shows a secret", filepath.Base(path))
			}
		}
		return err
	})
	if err != nil || found == 0 || len(secrets) < 2 {
		t.Errorf("%d files were searched for %d secrets, %v", found, len(secrets), err)
	}
	for _, g := range f.all {
		for _, secret := range secrets {
			if strings.Contains(g.log.String(), secret) || strings.Contains(g.log.String(), escaped(secret)) {
				t.Error("a log shows a secret")
			}
		}
	}
}
