package modules

import (
	"context"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/vendorsign/vendorsign/outbound/tokens"
)

// storageTimeout bounds how long a request waits for the storage, which may be on a network (Redis, S3, Consul).
const storageTimeout = 5 * time.Second

// tokenStore shares tokens through Caddy's storage, which all instances of a cluster share. The storage is opened
// when it is first needed, since most signers fetch no token. Calls do not use the configuration's context, since
// requests of an old configuration may still be in progress when the next one is loaded. What is stored is
// encrypted: see tokens.NewShare.
func tokenStore(storage func() certmagic.Storage) *tokens.Store {
	return &tokens.Store{
		Load: func(key string) ([]byte, error) {
			ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
			defer cancel()
			return storage().Load(ctx, key)
		},
		Save: func(key string, data []byte) error {
			ctx, cancel := context.WithTimeout(context.Background(), storageTimeout)
			defer cancel()
			return storage().Store(ctx, key, data)
		},
		Lock: func(key string, wait time.Duration) (func() error, func(), error) {
			return lockStorage(storage(), key, max(wait, time.Second))
		},
	}
}

// lockStorage waits at least long enough for a storage on a network to answer. The storage itself keeps a lock
// alive, possibly under this context, which therefore lasts until the lock is released. keep reports whether the
// lock is still ours: nil while it is. unlock must be called once. tokens.ErrLocked says that another gateway had
// the lock all the time, and is fetching the token.
func lockStorage(storage certmagic.Storage, key string, wait time.Duration) (keep func() error, unlock func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	timer := time.AfterFunc(wait, cancel)
	err = storage.Lock(ctx, key)
	// The lock and the timer may end at the same moment. Whoever has the lock although the wait is over must release
	// it, or nobody gets it until it expires.
	late := !timer.Stop()
	unlock = func() {
		defer cancel()
		ctx, done := context.WithTimeout(context.Background(), storageTimeout)
		defer done()
		_ = storage.Unlock(ctx, key) // a lock that cannot be released expires like that of a dead gateway
	}
	switch {
	case late && err == nil: // it was acquired just as its context ended
		unlock()
		return nil, nil, tokens.ErrLocked
	case late:
		return nil, nil, tokens.ErrLocked
	case err != nil:
		cancel()
		return nil, nil, err
	}
	return ctx.Err, unlock, nil
}
