package host

import "testing"

func TestMemoryLoad(t *testing.T) {
	for text, want := range map[string]int{
		"MemTotal:       1000 kB\nMemFree: 5 kB\nMemAvailable:    250 kB\n": 75,
		"MemTotal: 0 kB\nMemAvailable: 0 kB\n":                              0,
		"MemTotal: 10 kB\nMemAvailable: 20 kB\n":                            0,
		"MemTotal: x\n":                                                     0,
		"":                                                                  0,
		"MemTotal:":                                                         0,
	} {
		if got := loadOf(text); got != want {
			t.Errorf("loadOf(%q) = %d; want %d", text, got, want)
		}
	}
	if load := memoryLoad(); load < 1 || load > 100 {
		t.Errorf("memoryLoad() = %d; want some per cent", load)
	}
}
