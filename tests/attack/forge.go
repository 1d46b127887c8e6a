package attack

import (
	"fmt"
	"strings"
	"time"
)

// Forge makes requests of a client for attacks. Each of them has a stamp of its own, so that no two signatures are the same:
// otherwise a gateway would refuse the second one as a replay, and not for the attack. It is not safe for concurrent use.
type Forge struct {
	*Client
	Now    time.Time
	Ahead  time.Duration // of Now: the dates of requests that are to pass; those of writes must be after the start of a gateway
	serial int
}

// Stamp is a moment at most ten seconds after those that are to pass begin: signatures that count whole seconds differ by it,
// and all of them are within every window.
func (f *Forge) Stamp() Stamp {
	f.serial++
	return f.at(f.Now.Add(f.Ahead + time.Duration(f.serial%10)*time.Second))
}

// at is a stamp of a moment, with a nonce that no other has.
func (f *Forge) at(when time.Time) Stamp {
	f.serial++
	return Stamp{At: when, Nonce: fmt.Sprintf("%016x%016x", f.Now.UnixNano(), f.serial)}
}

// of is the unsigned request, with something in it that no other has: in the query where there is one, else at the end of the
// path.
func (f *Forge) of(write bool) Request {
	f.serial++
	r := f.Read.copied()
	if write {
		r = f.Write.copied()
	}
	mark := fmt.Sprintf("%d-%d", f.Now.UnixNano(), f.serial)
	switch path, query, asked := strings.Cut(r.Target, "?"); {
	case f.Scheme.Link:
		r.Target = path + "?" + query + mark
	case asked:
		r.Target += mark
	default:
		r.Target += "/" + mark
	}
	return r
}

// Signed is an app's request.
func (f *Forge) Signed(write bool) Request { return f.By(App, write) }

// By is the request that one of the keys signed, as its owner would: only the key itself may be wrong.
func (f *Forge) By(key int, write bool) Request { return f.Sign(f.of(write), f.KeyOf(key), f.Stamp()) }

// As is a request with the ID of one key that another signed: the proof is made for that ID, so that only the secret is
// wrong.
func (f *Forge) As(id, secret int, write bool) Request {
	return f.Sign(f.of(write), Key{f.KeyOf(id).ID, f.KeyOf(secret).Secret}, f.Stamp())
}

// Dated is an app's request of another time; a negative age is in the future.
func (f *Forge) Dated(write bool, age time.Duration) Request {
	return f.Sign(f.of(write), f.KeyOf(App), f.at(f.Now.Add(-age)))
}

// Relabelled is a request that the app's key signed, sent under the ID of another.
func (f *Forge) Relabelled(write bool, id int) Request {
	r, s := f.of(write), f.Stamp()
	r.Host = f.Host
	f.write(&r, f.KeyOf(id).ID, f.prove(r, f.KeyOf(App), s), s)
	return r
}

// Reproved is an app's request with something else in place of its proof.
func (f *Forge) Reproved(write bool, change func(proof string) string) Request {
	r, s := f.of(write), f.Stamp()
	r.Host = f.Host
	f.write(&r, f.KeyOf(App).ID, change(f.prove(r, f.KeyOf(App), s)), s)
	return r
}

// Restamped is an app's request whose date is changed after it was signed: signed is its age when it was signed, says what it
// says of it.
func (f *Forge) Restamped(write bool, signed, says time.Duration) Request {
	r := f.of(write)
	r.Host = f.Host
	s := f.at(f.Now.Add(-signed))
	proof := f.prove(r, f.KeyOf(App), s)
	s.At = f.Now.Add(-says)
	f.write(&r, f.KeyOf(App).ID, proof, s)
	return r
}
