package rest

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/advpl/vm"
	"appserver/internal/auth"
	"appserver/internal/host"
)

// Pool says what the workers of mounts are. Mounts of one environment with a pool of the same name
// share the workers; what the first of them says counts.
type Pool struct {
	Name      string // for people: of the section of the configuration
	Min, Max  int
	MinFree   int
	Increment int

	OnStart, OnStop string        // functions with which a worker begins and ends, or ""
	Idle            time.Duration // after which a worker above Min without work ends; 0: never
	Wait            time.Duration // of a request for a worker; 0: 5 s
	Queue           int           // requests that may wait for one; 0: 1,000
	Expire, Spread  time.Duration // life of a worker; 0: any
}

// poolKey is what makes a pool: pools with the same key are the same.
type poolKey struct {
	environment string
	Pool
}

func (m *mount) poolKey() poolKey { return poolKey{strings.ToUpper(m.o.Environment), m.o.Pool} }

// pool is a pool in use. Err is why there is none.
type pool struct {
	workers
	err error
}

// workers are what a pool of the host is to this package.
type workers interface {
	Do(context.Context, host.Call) (vm.Value, error)
	Close(context.Context) error
}

// do has a worker run call.
func (p *pool) do(ctx context.Context, call host.Call) (vm.Value, error) {
	if p.err != nil {
		return vm.Value{}, p.err
	}
	return p.Do(ctx, call)
}

// pools are the pools of a server. The zero value has none.
type pools struct {
	host *host.Host
	log  *zap.Logger

	mu      sync.Mutex // guards what follows
	live    map[poolKey]*pool
	closing sync.WaitGroup // of pools that end
	waited  bool           // for closing: nothing is added to it any more
}

// use has the wanted pools there be, of which those that are there already go on. The
// others end when retired is called: what they have begun is finished.
func (p *pools) use(wanted []poolKey) (retired func()) {
	p.mu.Lock()
	defer p.mu.Unlock()
	next := map[poolKey]*pool{}
	for _, key := range wanted {
		if next[key] == nil {
			next[key] = p.kept(key)
		}
	}
	var gone []*pool
	for key, old := range p.live {
		if next[key] != old {
			gone = append(gone, old)
		}
	}
	p.live = next
	return func() { p.retire(gone) }
}

// kept returns the pool of the key, a new one if there is none; p.mu is held.
func (p *pools) kept(key poolKey) *pool {
	if old := p.live[key]; old != nil && old.err == nil {
		return old
	}
	made, err := p.make(key)
	if err != nil {
		p.log.Error("the workers cannot begin", zap.String("pool", key.Name), zap.Error(err))
	}
	return &pool{made, err}
}

// maxNames is how many pools of one name can be at the same time: those that end, and one.
const maxNames = 100

// make makes a pool under the first name that is free: that which it replaces may not have
// ended yet.
func (p *pools) make(key poolKey) (*host.Pool, error) {
	o := key.options()
	for i := range maxNames {
		if i > 0 {
			o.Name = fmt.Sprintf("%s %d", key.Name, i+1)
		}
		made, err := p.host.NewPool(o)
		if !errors.Is(err, host.ErrPoolExists) {
			return made, err
		}
	}
	return nil, fmt.Errorf("%w: %s", host.ErrPoolExists, key.Name)
}

func (k poolKey) options() host.PoolOptions {
	return host.PoolOptions{
		Name: k.Name, Env: k.environment, Kind: host.REST,
		Min: k.Min, Max: k.Max, MinFree: k.MinFree, Increment: k.Increment,
		OnStart: k.OnStart, OnExit: k.OnStop,
		Idle: k.Idle, Wait: k.Wait, Queue: k.Queue, Expire: k.Expire, Spread: k.Spread,
		Principal: auth.System,
	}
}

// get returns the pool of the key; nil if there is none.
func (p *pools) get(key poolKey) *pool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live[key]
}

// retire ends pools in the background.
func (p *pools) retire(gone []*pool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, old := range gone {
		switch {
		case old.err != nil:
		case p.waited: // a reload has met with the stop, and the host ends all
			go old.end()
		default:
			p.closing.Go(old.end)
		}
	}
}

// end ends the workers, each when it has finished.
func (p *pool) end() {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	_ = p.Close(ctx)
}

// wait waits until all pools that were replaced have ended, or ctx has.
func (p *pools) wait(ctx context.Context) error {
	p.mu.Lock()
	p.waited = true
	p.mu.Unlock()
	ended := make(chan struct{})
	go func() {
		p.closing.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
