package main

import (
	"context"
	"time"

	"appserver/internal/auth"
	"appserver/internal/host"
)

// dismissEvery is how often is looked whether those for whom something runs may still call.
const dismissEvery = time.Second

// dismissCallers ends what runs for users who were blocked, were removed or have got another
// password, until ctx ends.
func (d *daemon) dismissCallers(ctx context.Context) {
	tick := time.NewTicker(dismissEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			dismiss(ctx, d.host, d.users.Ended)
		case <-ctx.Done():
			return
		}
	}
}

// dismiss ends what runs for those whom ended names. As long as that cannot be found out
// everything goes on; whoever calls meanwhile is told so, and the log.
func dismiss(ctx context.Context, h *host.Host, ended func(context.Context, []auth.Principal) ([]auth.Principal, error)) {
	gone, err := ended(ctx, h.Callers())
	if err != nil {
		return
	}
	for _, who := range gone {
		h.Dismiss(who)
	}
}
