package syntax

// slab hands out nodes of one type from slices of many, since a tree is kept or
// dropped as a whole. The zero value is ready.
type slab[T any] struct {
	free []T
	size int // of the last slice
}

// Numbers of nodes of the first slice, as the text of a macro has few, and of the
// largest.
const (
	firstSlab = 4
	maxSlab   = 64
)

func (s *slab[T]) new() *T {
	if len(s.free) == 0 {
		s.size = min(max(2*s.size, firstSlab), maxSlab)
		s.free = make([]T, s.size)
	}
	n := &s.free[0]
	s.free = s.free[1:]
	return n
}

// arena holds the nodes that a source has most of.
type arena struct {
	ident   slab[Ident]
	literal slab[Literal]
	binary  slab[Binary]
	assign  slab[AssignExpr]
	call    slab[Call]
	member  slab[Member]
	send    slab[Send]
	alias   slab[AliasField]
	stmt    slab[ExprStmt]
}
