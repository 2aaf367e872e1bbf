package license

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"appserver/internal/lograte"
)

// Control gives out licences, and takes them back. Any goroutine may use it; a nil Control
// gives everybody one.
type Control struct {
	o     Options
	codes *codes

	mu      sync.Mutex // guards the rest
	set     Settings
	slots   map[int]*slot
	unknown int64
}

// slot is what is known of a slot; it is there while the settings name it or somebody uses it.
type slot struct {
	SlotState
	told lograte.Gate // of refusals
}

// New returns a Control. It reads the key of a file, and the last one that was fetched from a
// URL; Run fetches. A key that cannot be read is no error: codes are refused until it can.
// The error says what is wrong with the settings.
func New(o Options) (*Control, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	c := &Control{o: o, slots: map[int]*slot{}}
	c.codes = newCodes(o)
	return c, c.Update(o.Settings)
}

// Update takes over other settings. Who has a licence keeps it: if there are too many, nobody
// gets one until enough were given back. Nothing changes if there is an error.
func (c *Control) Update(s Settings) error {
	s = s.clone()
	for number, count := range s.Slots {
		if number < 1 || number > MaxSlot || count < 0 {
			return fmt.Errorf("slot %d with %d licences: slots are numbers from 1 to %d, counts are not negative", number, count, MaxSlot)
		}
	}
	if err := c.codes.update(s); err != nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.set = s
	for number := range s.Slots {
		if c.slots[number] == nil {
			c.slots[number] = &slot{SlotState: SlotState{Slot: number}}
		}
	}
	for number, sl := range c.slots {
		sl.Count = s.Slots[number]
		c.dropUnused(sl)
	}
	return nil
}

// dropUnused forgets a slot that nobody uses and the settings do not name; c.mu is held.
func (c *Control) dropUnused(sl *slot) {
	if _, named := c.set.Slots[sl.Slot]; !named && sl.Used == 0 {
		delete(c.slots, sl.Slot)
	}
}

// Run keeps the key up to date until ctx ends. Once is enough.
func (c *Control) Run(ctx context.Context) {
	if c != nil {
		c.codes.run(ctx)
	}
}

// Acquire takes a licence for a request whose headers x-totvs-appcode have the values codes.
// Release gives it back; more than one call does no harm. The error is ErrNoLicense and says
// for which slot, ErrBadCode, or ErrUnchecked; there is nothing to release then.
func (c *Control) Acquire(codes []string) (release func(), err error) {
	number, err := c.slot(codes)
	if err != nil {
		return nil, err
	}
	return c.take(number)
}

// slot returns the number of the slot that the codes are for; 0 if none is counted.
func (c *Control) slot(codes []string) (int, error) {
	if c == nil || !c.enabled() {
		return 0, nil
	}
	return c.codes.slot(codes)
}

func (c *Control) enabled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.set.Enable
}

// take takes a licence of a slot; of 0 there is nothing to take.
func (c *Control) take(number int) (release func(), err error) {
	if number == 0 {
		return func() {}, nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	sl := c.slots[number]
	if _, named := c.set.Slots[number]; !named {
		c.unknown++
		return nil, fmt.Errorf("%w: slot %d is not in [License] Slots", ErrNoLicense, number)
	}
	if sl.Used >= sl.Count {
		sl.Refused++
		c.tell(sl)
		return nil, fmt.Errorf("%w: all %d of slot %d are in use", ErrNoLicense, sl.Count, number)
	}
	sl.Used++
	sl.Acquired++
	sl.Peak = max(sl.Peak, sl.Used)
	return sync.OnceFunc(func() { c.giveBack(sl) }), nil
}

func (c *Control) giveBack(sl *slot) {
	c.mu.Lock()
	defer c.mu.Unlock()
	sl.Used--
	c.dropUnused(sl)
}

// tell logs that a slot has no licence left, now and then; c.mu is held.
func (c *Control) tell(sl *slot) {
	if before, ok := sl.told.Allow(c.o.Now()); ok {
		c.o.Log.Warn("no licence is free: a request was refused", zap.Int("slot", sl.Slot), zap.Int("count", sl.Count), zap.Int64("refused_before", before))
	}
}

// State tells what c is like now.
func (c *Control) State() State {
	if c == nil {
		return State{Slots: []SlotState{}}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	s := State{Enabled: c.set.Enable, Slots: make([]SlotState, 0, len(c.slots)), Unknown: c.unknown}
	for _, sl := range c.slots {
		s.Slots = append(s.Slots, sl.SlotState)
	}
	slices.SortFunc(s.Slots, func(a, b SlotState) int { return a.Slot - b.Slot })
	s.BadCodes, s.Key = c.codes.state()
	return s
}

// Hold is the licence that a worker has for as long as it lives. Any goroutine may use it.
type Hold struct {
	c *Control

	mu      sync.Mutex // guards the rest
	slot    int        // 0: none
	release func()
	ended   bool
}

// Hold returns the hold of a worker, which has no licence yet.
func (c *Control) Hold() *Hold { return &Hold{c: c} }

// Use sees that the worker has a licence of the slot that the codes of its next request are
// for: the one that it has, or in its place one of another slot. The errors are those of
// Acquire, and the worker keeps what it has; after Release the error is ErrNoLicense.
func (h *Hold) Use(codes []string) error {
	number, err := h.c.slot(codes)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.ended {
		return fmt.Errorf("%w: the worker has ended", ErrNoLicense)
	}
	if number == h.slot {
		return nil
	}
	release, err := h.c.take(number)
	if err != nil {
		return err
	}
	h.drop()
	h.slot, h.release = number, release
	return nil
}

// Release gives back what the worker has, for good.
func (h *Hold) Release() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drop()
	h.slot, h.release, h.ended = 0, nil, true
}

// drop gives the licence back, if there is one; h.mu is held.
func (h *Hold) drop() {
	if h.release != nil {
		h.release()
	}
}
