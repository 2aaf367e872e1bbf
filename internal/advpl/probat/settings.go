package probat

import (
	"slices"
	"strings"

	"appserver/internal/advpl/lib"
)

// section is the part of the server's settings that is the engine's.
const section = "PROBAT"

// setting returns a value of the server's settings without blanks around it.
func setting(s *lib.Surroundings, section, key string) (string, bool) {
	if s.Setting == nil {
		return "", false
	}
	v, ok := s.Setting(section, key)
	return strings.TrimSpace(v), ok
}

// own returns a value of the engine's settings, or "".
func own(s *lib.Surroundings, key string) string {
	v, _ := setting(s, section, key)
	return v
}

// isOn tells whether one of the engine's settings is a switch that is on, in any of the
// spellings that switches of the server have.
func isOn(s *lib.Surroundings, key string) bool {
	return slices.Contains([]string{"1", "true", "yes", "on"}, strings.ToLower(own(s, key)))
}

// list returns the parts of one of the engine's settings, between which commas stand.
func list(s *lib.Surroundings, key string) []string {
	var parts []string
	for part := range strings.SplitSeq(own(s, key), ",") {
		if part = strings.TrimSpace(part); part != "" {
			parts = append(parts, part)
		}
	}
	return parts
}
