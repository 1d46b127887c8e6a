package tokens

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// An imperfect storage: when a dead gateway's lock comes free, all who wait get it.
func TestGatewaysThatGetADeadOnesLockAtOnceRenewOnce(t *testing.T) {
	for name, replaces := range map[string]bool{"its own tokens": false, "a token that its renewal ends": true} {
		t.Run(name, func(t *testing.T) {
			i := &issuer{replaces: replaces}
			store := Folder(t.TempDir(), "this")
			all := fleet(t, i, store, 2)
			all[1].share.holder = "another"
			for _, k := range all {
				wantToken(t, k, start, "token-1")
			}
			var both, claimed, held sync.WaitGroup
			both.Add(2)
			claimed.Add(2)
			held.Add(2)
			for _, k := range all {
				over, first := *store, true
				over.Lock = func(key string, wait time.Duration) (func() error, func(), error) {
					if first {
						first = false
						return nil, nil, ErrLocked
					}
					both.Done()
					both.Wait()
					over.Lock = func(key string, wait time.Duration) (func() error, func(), error) {
						held.Wait()
						return store.Lock(key, wait)
					}
					return func() error { return nil }, held.Done, nil
				}
				over.Save = func(key string, data []byte) error {
					err := store.Save(key, data)
					claimed.Done() // those who get a lock at once claim it well within tokenClaim, however slow this disk is
					claimed.Wait()
					over.Save = store.Save
					return err
				}
				k.share.store = &over
			}
			tokens := make(chan string, 2)
			for _, k := range all {
				go func() {
					token, _ := k.get(start.Add(2 * time.Hour))
					tokens <- token
				}()
			}
			for range 2 {
				if token := <-tokens; token != "token-2" {
					t.Errorf("token %q", token)
				}
			}
			if n := i.fetched.Load(); n != 2 {
				t.Errorf("%d tokens were asked for, want 2", n)
			}
		})
	}
}

func TestAStoreThatCannotBeClaimedStopsNoRenewalThatEndsNothing(t *testing.T) {
	i, f, first := &issuer{}, new(fragile), true
	k := fleet(t, i, f.over(Folder(t.TempDir(), "this")), 1)[0]
	lock := k.share.store.Lock
	k.share.store.Lock = func(key string, wait time.Duration) (func() error, func(), error) {
		if first { // so that it waits for a gateway that may have died
			first = false
			return nil, nil, ErrLocked
		}
		f.save.Store(true)
		return lock(key, wait)
	}
	wantToken(t, k, start, "token-1")
}

func TestALockThatIsLostIsAskedForAgain(t *testing.T) {
	i := &issuer{}
	store := Folder(t.TempDir(), "this")
	k := fleet(t, i, store, 1)[0]
	over, lost := *store, false
	over.Lock = func(key string, wait time.Duration) (func() error, func(), error) {
		keep, unlock, err := store.Lock(key, wait)
		if !lost && err == nil {
			lost = true
			return func() error { return errors.New("another gateway took it over") }, unlock, nil
		}
		return keep, unlock, err
	}
	k.share.store = &over
	wantToken(t, k, start, "token-1")
	if !lost {
		t.Error("the lock was never taken")
	}
}

// Another gateway that took the lock logs in, too: nothing more is sent for a renewal that is not this gateway's any longer.
func TestALockThatIsLostAfterAStepEndsTheRenewal(t *testing.T) {
	store := Folder(t.TempDir(), "this")
	over, kept, taken := *store, 0, 0
	over.Lock = func(key string, wait time.Duration) (func() error, func(), error) {
		taken++
		keep, unlock, err := store.Lock(key, wait)
		if taken > 1 || err != nil {
			return keep, unlock, err
		}
		return func() error {
			if kept++; kept == 2 {
				return errors.New("another gateway took it over")
			}
			return keep()
		}, unlock, nil
	}
	s := &service{}
	k := New(stepped(), "vendor", false, start)
	service := s.service()
	var err error
	if service.Share, err = NewShare(&over, "vendor", "the credential", "this"); err != nil {
		t.Fatal(err)
	}
	token, failure := Get(k, start, service, nil)
	if failure != nil || token.Text != "x" || taken != 2 || kept != 2 || len(s.asked) != 3 {
		t.Errorf("%+v, %v: %d requests, the lock was taken %d times and kept %d times; want 3 (one before it was lost), 2 and 2",
			token, failure, len(s.asked), taken, kept)
	}
}

func TestALockIsOneGatewaysAndADeadOnesComesFree(t *testing.T) {
	dir := t.TempDir()
	store := Folder(dir, "this")
	const key = "vendorsign/tokens/vendor/name"
	lock := filepath.Join(dir, "vendor-name.lock")
	keep, unlock, err := store.Lock(key, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Lock(key, 0); !errors.Is(err, ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if err := keep(); err != nil {
		t.Error(err)
	}
	old := time.Now().Add(-lockStale - time.Minute) // nobody has touched it for long
	if err := os.Chtimes(lock, old, old); err != nil {
		t.Fatal(err)
	}
	var holders, most atomic.Int64
	var all sync.WaitGroup
	for range 20 { // of many who find it, one at a time gets it
		all.Go(func() {
			_, unlock, err := store.Lock(key, 30*time.Second)
			if err != nil {
				t.Error(err)
				return
			}
			if n := holders.Add(1); n > most.Load() {
				most.Store(n)
			}
			time.Sleep(time.Millisecond)
			holders.Add(-1)
			unlock()
		})
	}
	all.Wait()
	if most.Load() != 1 {
		t.Errorf("%d had the lock at once", most.Load())
	}
	if err := keep(); err == nil {
		t.Error("the first owner does not notice that it lost the lock")
	}
	again, second, err := store.Lock(key, 0)
	if err != nil {
		t.Fatal(err)
	}
	unlock() // the late owner must not give another's lock back
	if err := again(); err != nil {
		t.Error(err)
	}
	second()
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 0 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}

func TestAFolderHasFilesOfItsOwnerOnly(t *testing.T) {
	dir := t.TempDir()
	k := fleet(t, &issuer{}, Folder(dir, "this"), 1)[0]
	wantToken(t, k, start, "token-1")
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	info, err := files[0].Info()
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}
