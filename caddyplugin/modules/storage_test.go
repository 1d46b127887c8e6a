package modules

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/caddyserver/certmagic"

	"github.com/vendorsign/vendorsign/outbound/tokens"
)

func TestTokensAreKeptInCaddysStorage(t *testing.T) {
	files := &certmagic.FileStorage{Path: t.TempDir()}
	store := tokenStore(func() certmagic.Storage { return files })
	const key = "vendorsign/tokens/vendor/name"
	if _, err := store.Load(key); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what is not there: %v", err)
	}
	if err := store.Save(key, []byte("sealed")); err != nil {
		t.Fatal(err)
	}
	if data, err := store.Load(key); err != nil || !bytes.Equal(data, []byte("sealed")) {
		t.Errorf("loaded %q, %v", data, err)
	}
	keep, unlock, err := store.Lock(key, patience)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := store.Lock(key, 0); !errors.Is(err, tokens.ErrLocked) {
		t.Errorf("a second lock: %v", err)
	}
	if err := keep(); err != nil {
		t.Error(err)
	}
	unlock()
	_, unlock, err = store.Lock(key, patience)
	if err != nil {
		t.Fatalf("the lock was given back, and is not free: %v", err)
	}
	unlock()
}

// brittle is a storage whose lock fails, or lasts only as long as the context that it was asked for with.
type brittle struct {
	certmagic.Storage
	fail error
	ctx  context.Context
}

func (b *brittle) Lock(ctx context.Context, name string) error {
	b.ctx = ctx
	return b.fail
}

func (b *brittle) Unlock(ctx context.Context, name string) error { return b.ctx.Err() }

func TestAStorageThatFailsIsNotTakenForALock(t *testing.T) {
	broken := &brittle{fail: errors.New("no connection")}
	if _, _, err := tokenStore(func() certmagic.Storage { return broken }).Lock("key", patience); !errors.Is(err, broken.fail) {
		t.Errorf("the error is %v", err)
	}
}

// tardy is a storage whose lock comes in the moment in which its context ends.
type tardy struct {
	certmagic.Storage
	locked bool
}

func (b *tardy) Lock(ctx context.Context, name string) error {
	<-ctx.Done()
	b.locked = true
	return nil
}

func (b *tardy) Unlock(ctx context.Context, name string) error {
	b.locked = false
	return ctx.Err()
}

func TestALockThatComesTooLateIsGivenBack(t *testing.T) {
	storage := &tardy{}
	if _, _, err := tokenStore(func() certmagic.Storage { return storage }).Lock("key", 0); !errors.Is(err, tokens.ErrLocked) {
		t.Errorf("the error is %v", err)
	}
	if storage.locked {
		t.Error("nobody has the lock, and it is not free")
	}
}

// Storages on a network keep a lock alive under its context.
func TestALocksContextLastsUntilTheLockIsGivenBack(t *testing.T) {
	storage := &brittle{}
	keep, unlock, err := tokenStore(func() certmagic.Storage { return storage }).Lock("key", patience)
	if err != nil {
		t.Fatal(err)
	}
	if _, bounded := storage.ctx.Deadline(); bounded || keep() != nil {
		t.Error("the lock ends before it is given back")
	}
	unlock()
	if storage.ctx.Err() == nil {
		t.Error("the context outlives its lock")
	}
}
