package config

// sectionChanges returns what differs in sections with free names that the server acts
// on. Values are compared and shown as written.
func sectionChanges(old, new *Config) []Change {
	var list []Change
	seen := map[place]bool{}
	for _, side := range []*Config{new, old} {
		for _, s := range side.table.all() {
			for _, v := range s.values {
				at := place{fold(s.name), fold(v.key)}
				if seen[at] || !actsInSection(s, v) {
					continue
				}
				seen[at] = true
				before, after := old.table.section(s.name).text(v.key), new.table.section(s.name).text(v.key)
				if before != after {
					list = append(list, Change{Section: s.name, Key: v.key, Old: mask(v.key, before), New: mask(v.key, after), Live: !needsRestart(s, v)})
				}
			}
		}
	}
	return list
}

// actsInSection reports whether the server acts on the key of a section with a free name.
func actsInSection(s *section, v *value) bool {
	if !family(s.class) || s.idle {
		return false
	}
	if s.class == familyHeaders {
		return s.types
	}
	k := index().find(s.class, v.key)
	return k != nil && k.state == used || s.class == familyJob && parameter.MatchString(v.key)
}

// needsRestart reports whether a change of the key, of a section with a free name, waits for
// a restart: those of a listener do.
func needsRestart(s *section, v *value) bool {
	k := index().find(s.class, v.key)
	return k != nil && k.help != "" && !k.live
}
