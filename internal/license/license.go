// Package license counts who uses the server at the same time, by licence slot.
package license

import "errors"

// DefaultSlot is the slot of requests that name no other: the pool of portals and APIs.
const DefaultSlot = 4093

// Errors of Control.Acquire, to be told with errors.Is.
var (
	ErrNoLicense = errors.New("no licence is free")
	ErrBadCode   = errors.New("x-totvs-appcode is not valid")
)
