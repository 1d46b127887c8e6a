//go:build go1.21

// Package tokens keeps the fetched token of a credential valid, with one renewal for all requests of a gateway and, through a store,
// for all gateways that have the same credential.
//
// A signers.TokenSource says what to send to a token service and reads its answer; it sends nothing. Package outbound makes one Keeper
// for each credential, which survives a reload of the configuration, and a Service that says where its tokens are fetched and shared.
// It calls Get for a request that needs a token, and Invalidate when the vendor answered 401. Data flows like this:
//
//	request -> Get (keeper.go) -> renew (renew.go) -> renewAlone ----------------> ask (ask.go) -> Fetch (fetch.go) -> token service
//	                                               -> renewShared (shared.go) ---> the same, with the lock of the store (locked.go)
//	Share (store.go): a record (record.go), encrypted -> Store -> Folder (folder.go, folderlock.go), or the gateway's own storage
//
// Nothing runs in the background: a request that finds the token due renews it.
//
// # States of a token in one gateway
//
//	 New                a tenth to a fifth of its life is left, or Invalidate
//	  |   +--------------------------------------------------------------------+
//	  v   |                                                                    v
//	+-------+   a new token                                              +----------+
//	| valid | <--------------------------------------------------------- | renewing |
//	+-------+   failed: the old one is used, and renewed after a while   +----------+
//	  |                                                                    |      ^
//	  | its time is over                     failed, and there is no old   |      |
//	  v                                                                    v      | after the wait
//	+-------------------------------------------------------------------------------+
//	| none: Get renews at once, or returns a Failure until the wait is over         |
//	+-------------------------------------------------------------------------------+
//
// While one request renews, the others use the old token. They wait for the new one if the old one has expired, if the vendor refused
// it, or if the renewal ends it (TokenSource.Replaces).
//
// # States of a renewal where tokens are shared
//
// The record has a number that counts renewals, so that no clock decides which of two tokens is newer. A "mortal" token is one that
// its renewal ends: there must never be two renewals of it at once, nor a request with the old one during one.
//
//	due
//	 |
//	 v           a newer, valid token --------------------------> adopt it
//	read <---+   another gateway's attempt has just failed -----> fail, with that one's wait
//	 |       |   the store fails -------------------------------> alone
//	 v       |
//	lock ----+-- another has it: the old token is good, and not mortal -> use that one, look again in a second
//	 |       |                   else read again for up to 30 seconds, then fail
//	 v       |
//	read again,  with the same three ways out
//	 |       |
//	 v       |
//	announce |   only for a mortal token, or if a dead gateway may have had the lock: the record gets the name of this gateway.
//	 |       |   The others see it at their next look, within half a second, and stop to use a mortal token.
//	 |       +-- the record has another name: give the lock back
//	 |           the store fails -------------------------------> alone
//	 v
//	ask -------- fails: the record gets the wait, so that nobody asks before
//	 |
//	 v
//	save ------- fails: the token is used nevertheless, and a mortal one saved at the next look
//	 |
//	 v
//	use it;  the others adopt it when they find theirs due, refused or announced
//
//	alone: each gateway fetches a token for itself. A mortal one is not renewed: all wait until the store works again.
//
// # Where a change belongs
//
// When to renew: keeper.go. How long to wait after a failure: backoff.go. What gateways tell each other: record.go, whose fields, like
// name and encryption in store.go, must stay compatible: a fleet may run two versions. Another kind of store needs no change here: fill a
// Store. How a vendor issues tokens: its TokenSource. Which parts of that are options, and what the operator permits: package outbound.
package tokens
