package vm

// start gives the unit's statics their first values, and runs its initialiser, if
// that has not happened in this thread. An initialiser that fails is run again when
// the unit is next used.
func (t *Thread) start(u *unit) error {
	if t.started(u) {
		return nil
	}
	t.makeStatics(u)
	if u.init == nil {
		return nil
	}
	if _, err := t.nest(u.init, Value{}, nil, fromGo); err != nil {
		t.statics[u.index] = nil
		return err
	}
	return nil
}

// started tells whether the unit's statics have their first values, or are getting them.
func (t *Thread) started(u *unit) bool {
	return u.index < len(t.statics) && t.statics[u.index] != nil
}

// makeStatics makes the unit's statics with the values that are constants.
func (t *Thread) makeStatics(u *unit) {
	if t.statics == nil {
		t.statics = make([][]Value, len(t.prog.units))
	}
	s := make([]Value, len(u.template), len(u.template)+1) // never nil
	copy(s, u.template)
	t.statics[u.index] = s
}

// static returns the variables of the unit.
func (t *Thread) static(u *unit) []Value {
	if u.index < len(t.statics) {
		if s := t.statics[u.index]; s != nil {
			return s
		}
	}
	t.makeStatics(u)
	return t.statics[u.index]
}
