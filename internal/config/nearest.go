package config

// nearest returns the name most like the given one, or "" if none is alike
// enough to be what was meant. Case does not count.
func nearest(name string, names []string) string {
	const longest = 64 // bounds the work for text that is no name
	if len(name) > longest {
		return ""
	}
	best, limit := "", 3
	if len(name) < 9 {
		limit = 2
	}
	if len(name) < 5 {
		limit = 1
	}
	for _, candidate := range names {
		if len(candidate) > len(name)+limit || len(candidate) < len(name)-limit {
			continue
		}
		if d := distance(fold(name), fold(candidate)); d <= limit {
			best, limit = candidate, d-1
		}
	}
	return best
}

// distance counts the insertions, deletions, replacements and swaps of
// neighbours that make a from b (optimal string alignment).
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := range len(a) {
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			row[j+1] = min(last[j+1]+1, row[j]+1, last[j]+cost)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
