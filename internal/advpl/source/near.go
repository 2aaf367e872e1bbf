package source

import (
	"slices"
	"strings"
)

const (
	maxNear     = 3  // names that Near returns
	maxNearName = 64 // bytes; a longer name has no near ones
)

// Near returns those of the names that may have been meant by name: at most
// three, the nearest first, each once. Case does not count. Names are near if
// few letters have to be inserted, dropped, replaced or swapped with their
// neighbour: one in a name of up to four letters, two up to eight, three in
// longer ones.
func Near(name string, among []string) []string {
	type candidate struct {
		name     string
		distance int
	}
	if name == "" || len(name) > maxNearName {
		return nil
	}
	limit := min(1+(len(name)-1)/4, 3)
	upper := strings.ToUpper(name)
	var near []candidate
	for _, other := range among {
		if len(other) < len(name)-limit || len(other) > len(name)+limit {
			continue
		}
		if d := distance(upper, strings.ToUpper(other), limit); d <= limit && d < len(name) {
			near = append(near, candidate{other, d})
		}
	}
	slices.SortFunc(near, func(a, b candidate) int {
		if a.distance != b.distance {
			return a.distance - b.distance
		}
		return strings.Compare(a.name, b.name)
	})
	near = slices.Compact(near)
	var names []string
	for _, c := range near[:min(len(near), maxNear)] {
		names = append(names, c.name)
	}
	return names
}

// distance is the number of insertions, removals, replacements and swaps of
// neighbours that make b of a, or more than limit if it is more than that.
func distance(a, b string, limit int) int {
	var rows [3][maxNearName + 4]int // before the previous, previous, current
	before, previous, current := &rows[0], &rows[1], &rows[2]
	if len(b)+1 > len(current) {
		return limit + 1
	}
	for j := range len(b) + 1 {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			current[j] = d
			least = min(least, d)
		}
		if least > limit {
			return limit + 1
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
