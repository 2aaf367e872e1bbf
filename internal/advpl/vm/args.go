package vm

// Len returns how many arguments were given.
func (a Args) Len() int { return len(a) }

// Get returns argument i, or NIL if there is none; a reference's value.
func (a Args) Get(i int) Value {
	if i < 0 || i >= len(a) {
		return Value{}
	}
	return a[i].deref()
}

// Set assigns the variable that argument i refers to; it does nothing and returns
// false if the argument was not passed by reference.
func (a Args) Set(i int, v Value) bool {
	if i < 0 || i >= len(a) {
		return false
	}
	ok, err := a[i].store(v)
	return ok && err == nil
}

// NewRef returns a reference to a new variable that holds v: as an argument of
// Thread.Call it is one that is passed by reference. Args{ref}.Get(0) is what the
// variable holds.
func NewRef(v Value) Value { return newCell(v) }
