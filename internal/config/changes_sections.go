package config

// sectionChanges returns what differs in sections with free names that the server acts
// on: environments, jobs and connections. Values are compared and shown as written.
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
					list = append(list, Change{Section: s.name, Key: v.key, Old: mask(v.key, before), New: mask(v.key, after), Live: live})
				}
			}
		}
	}
	return list
}

// actsInSection reports whether the server acts on the key of an environment, a job or a
// connection.
func actsInSection(s *section, v *value) bool {
	switch s.class {
	case familyEnvironment, familyJob, familyConnection:
		k := index().find(s.class, v.key)
		return k != nil && k.state == used || s.class == familyJob && parameter.MatchString(v.key)
	}
	return false
}
