package vm

// keptNames is how many names of its own a thread may keep between calls.
const keptNames = 4096

// knownNames returns how many names the thread knows besides the program's.
func (t *Thread) knownNames() int { return len(t.ownNames) - len(t.freeNames) }

// forgetNames forgets names of the thread's own if there are many: all but those of
// variables, and of code blocks of macros that something still holds. No function may be
// running.
func (t *Thread) forgetNames() {
	if t.knownNames() <= max(keptNames, 2*t.heldNames) {
		return
	}
	t.macros = macroCache{}
	held := t.blockSymbols()
	first := len(t.prog.names)
	for i, name := range t.ownNames {
		s := symbol(first + i)
		if _, ok := held[s]; name == "" || ok || t.vars.find(s) != nil {
			continue
		}
		delete(t.ownSymbols, name)
		t.ownNames[i] = ""
	}
	t.trimNames(first)
}

// trimNames notes which of the thread's symbols, the first of which is given, can be
// used again.
func (t *Thread) trimNames(first int) {
	n := len(t.ownNames)
	for n > 0 && t.ownNames[n-1] == "" {
		n--
	}
	t.ownNames = t.ownNames[:n]
	t.freeNames = t.freeNames[:0]
	for i, name := range t.ownNames {
		if name == "" {
			t.freeNames = append(t.freeNames, symbol(first+i))
		}
	}
	t.heldNames = t.knownNames()
}

// blockSymbols returns the symbols that the code blocks of macros use, of those that can
// be reached.
func (t *Thread) blockSymbols() map[symbol]struct{} {
	held := map[symbol]struct{}{}
	w := walker{mark: walks.Add(1), seen: func(fn *function) { fn.symbols(held) }}
	t.roots(w.visit)
	for _, data := range t.cls {
		w.later(data)
		w.run()
	}
	return held
}

// symbols adds those of fn and its blocks to the set.
func (fn *function) symbols(set map[symbol]struct{}) {
	for _, s := range fn.names {
		set[s] = struct{}{}
	}
	for _, b := range fn.blocks {
		b.symbols(set)
	}
}

// newSymbol gives the name, which has none, a symbol.
func (t *Thread) newSymbol(name string) symbol {
	first := len(t.prog.names)
	if n := len(t.freeNames); n > 0 {
		s := t.freeNames[n-1]
		t.freeNames = t.freeNames[:n-1]
		t.ownNames[int(s)-first] = name
		return s
	}
	t.ownNames = append(t.ownNames, name)
	return symbol(first + len(t.ownNames) - 1)
}
