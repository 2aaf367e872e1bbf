package host

import (
	"os"
	"strconv"
	"strings"
)

// memoryLoad returns how many per cent of the machine's memory are in use; 0 if that
// cannot be known.
func memoryLoad() int {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0
	}
	return loadOf(string(text))
}

// loadOf is memoryLoad of the text of /proc/meminfo.
func loadOf(text string) int {
	kilobytes := map[string]int64{}
	for line := range strings.Lines(text) {
		if fields := strings.Fields(line); len(fields) >= 2 {
			kilobytes[fields[0]], _ = strconv.ParseInt(fields[1], 10, 64)
		}
	}
	total, free := kilobytes["MemTotal:"], kilobytes["MemAvailable:"]
	if total <= 0 || free < 0 || free > total {
		return 0
	}
	return int(100 * (total - free) / total)
}
