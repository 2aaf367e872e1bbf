// Package license counts who uses the server at the same time, by licence slot.
//
// A slot is a number that stands for a product or a pool of users; [Settings] say how many
// may use each at the same time. A request says by the header x-totvs-appcode which slot it
// is for: a signed JSON Web Token with the claim x-totvs-app. One without the header, or
// whose token has no such claim, is for [DefaultSlot]; one whose header is not good is
// refused, and never counted for another slot.
package license

import (
	"errors"
	"maps"
	"net/http"
	"time"

	"go.uber.org/zap"
)

// DefaultSlot is the slot of requests that name no other: the pool of portals and APIs.
const DefaultSlot = 4093

// MaxSlot is the greatest number of a slot; the least is 1.
const MaxSlot = 999_999

// Header is the header of a request that says which slot it is for.
const Header = "X-Totvs-Appcode"

// Errors of Control.Acquire, to be told with errors.Is.
var (
	ErrNoLicense = errors.New("no licence is free")
	ErrBadCode   = errors.New("x-totvs-appcode is not valid")
	ErrUnchecked = errors.New("x-totvs-appcode cannot be checked at present")
)

// Status returns the status of HTTP that an error of Acquire is answered with, and after how
// long the client may try again; 0 if that is of no use.
func Status(err error) (status int, again time.Duration) {
	switch {
	case errors.Is(err, ErrBadCode):
		return http.StatusForbidden, 0
	case errors.Is(err, ErrNoLicense):
		return http.StatusServiceUnavailable, 5 * time.Second
	}
	return http.StatusServiceUnavailable, 30 * time.Second
}

// Settings are what a reload can change.
type Settings struct {
	Enable bool        // otherwise nothing is counted, and codes are not looked at
	Slots  map[int]int // how many may use each slot at the same time; others nobody

	PublicKey  string        // that codes are verified by: the path of a file, or an https URL; "": codes are refused
	Refresh    time.Duration // how often the key is fetched from a URL; a file is looked at each minute
	Algorithms []string      // with which codes may be signed, of those that jwt.CheckAlgorithm accepts; none: RS256
	Issuer     string        // of codes; "": any
}

// Options are what a Control is made of.
type Options struct {
	Settings
	Dir    string           // folder in which the last key from a URL is kept
	Client *http.Client     // that fetches keys; nil: one that verifies servers by the system's authorities
	Now    func() time.Time // nil: time.Now
	Log    *zap.Logger      // nil: none
}

// SlotState is what a slot is like.
type SlotState struct {
	Slot     int   `json:"slot"`
	Count    int   `json:"count"`    // how many may use it at the same time; 0: it is not in the settings any more
	Used     int   `json:"used"`     // may be more than Count after a reload
	Peak     int   `json:"peak"`     // of Used since the start
	Acquired int64 `json:"acquired"` // since the start
	Refused  int64 `json:"refused"`  // since the start
}

// State is what a Control is like.
type State struct {
	Enabled  bool        `json:"enabled"`
	Slots    []SlotState `json:"slots"`    // by number
	Unknown  int64       `json:"unknown"`  // requests refused for a slot that is not in the settings
	BadCodes int64       `json:"badCodes"` // requests refused for a code that is not good, or could not be checked
	Key      KeyState    `json:"key"`
}

// KeyState says what codes are verified by.
type KeyState struct {
	Source  string    `json:"source,omitempty"`
	Keys    int       `json:"keys"`              // that count
	Read    time.Time `json:"read,omitzero"`     // when they were read or fetched
	Problem string    `json:"problem,omitempty"` // of the last attempt, for people
}

// clone returns s with slots of its own.
func (s Settings) clone() Settings {
	s.Slots = maps.Clone(s.Slots)
	return s
}
