package route

import "slices"

// methods are those that routes can have, in the order of their numbers.
var methods = [...]string{"DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"}

// Numbers of methods that stand for another.
const (
	get  = 1
	head = 2
)

// methodNumber returns the number of a method, in upper case; -1 if no route has it.
func methodNumber(name string) int { return slices.Index(methods[:], name) }

// methodSet is a set of methods, a bit each.
type methodSet uint8

// names returns the methods that a client can use, sorted: with GET also HEAD. It is nil
// if there are none.
func (s methodSet) names() []string {
	if s&(1<<get) != 0 {
		s |= 1 << head
	}
	var list []string
	for i, name := range methods {
		if s&(1<<i) != 0 {
			list = append(list, name)
		}
	}
	return list
}
