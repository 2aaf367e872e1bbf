package syntax

import (
	"slices"

	"appserver/internal/advpl/preproc"
	"appserver/internal/advpl/source"
)

// blockKind is the kind of a statement that holds statements.
type blockKind uint8

const (
	ifBlock blockKind = iota
	caseBlock
	whileBlock
	forBlock
	switchBlock
	sequenceBlock
	transactionBlock
	tryBlock
)

// blockInfo says which words divide each kind of block and, the last, which
// closes it. End closes them all.
var blockInfo = [...]struct {
	opens, closes string
	words         []keyword
}{
	ifBlock:          {"If", "EndIf", []keyword{kwElse, kwElseIf, kwEndIf}},
	caseBlock:        {"Do Case", "EndCase", []keyword{kwCase, kwOtherwise, kwEndCase}},
	whileBlock:       {"While", "EndDo", []keyword{kwEndDo}},
	forBlock:         {"For", "Next", []keyword{kwNext}},
	switchBlock:      {"Switch", "EndSwitch", []keyword{kwCase, kwOtherwise, kwEndSwitch}},
	sequenceBlock:    {"Begin Sequence", "End Sequence", []keyword{kwRecover, kwAlways, kwEndSequence}},
	transactionBlock: {"Begin Transaction", "End Transaction", []keyword{kwEndTransaction}},
	tryBlock:         {"Try", "EndTry", []keyword{kwCatch, kwFinally, kwEndTry}},
}

// block is a block that is open.
type block struct {
	kind  blockKind
	pos   source.Pos // of its first word
	ended bool       // a transaction that a block within ends
}

// closedBy tells whether the word closes the block.
func (b block) closedBy(kw keyword) bool {
	words := blockInfo[b.kind].words
	return kw == kwEnd || kw == words[len(words)-1]
}

// takes tells whether the word divides or closes the block.
func (b block) takes(kw keyword) bool {
	return kw == kwEnd || slices.Contains(blockInfo[b.kind].words, kw)
}

// open opens a block, which shut closes.
func (p *parser) open(kind blockKind, pos source.Pos) {
	p.blocks = append(p.blocks, block{kind: kind, pos: pos})
	p.enter()
}

// shut closes the innermost block with the word that stands here, or reports
// that it is missing. It returns where the block ends.
func (p *parser) shut() source.Pos {
	b := p.drop()
	kw, _ := p.divider()
	for b.takes(kw) && !b.closedBy(kw) {
		p.misplaced(b)
		kw, _ = p.divider()
	}
	pos := p.tok().Pos
	if b.closedBy(kw) {
		p.closeStmt() // what follows the word is ignored
	} else {
		p.unclosed(b, kw)
	}
	return pos
}

// drop ends the innermost block where it stands and returns it.
func (p *parser) drop() block {
	b := p.blocks[len(p.blocks)-1]
	p.blocks = p.blocks[:len(p.blocks)-1]
	p.leave()
	return b
}

// misplaced reports a dividing word that comes too late, such as Else behind
// Else, and goes past what it divides.
func (p *parser) misplaced(b block) {
	p.errorf(p.tok().Pos, "%s stands too late in %s of line %d", p.tok().Text, blockInfo[b.kind].opens, b.pos.Line)
	p.closeStmt()
	p.blocks = append(p.blocks, b)
	p.body()
	p.blocks = p.blocks[:len(p.blocks)-1]
}

// unclosed reports that b is not closed where kw divides or closes a block
// around it, or a function ends.
func (p *parser) unclosed(b block, kw keyword) {
	info := blockInfo[b.kind]
	if kw == notKeyword {
		p.errorf(b.pos, "%s of line %d has no %s", info.opens, b.pos.Line, info.closes)
	} else {
		p.errorf(p.tok().Pos, "found %s, but %s of line %d has no %s", p.tok().Text, info.opens, b.pos.Line, info.closes)
		p.forgiven++ // its own closing word may stand further down
	}
	p.bad = false
}

// divider returns the word that divides or closes a block and stands here as a
// statement, and the number of its tokens, or notKeyword. End If, Else If and
// their like are one word.
func (p *parser) divider() (keyword, int) {
	if p.kind() != preproc.Ident {
		return notKeyword, 0
	}
	kw := lookup(p.tok().Text)
	if kw < kwElse || kw > kwEndTry || !p.isKeyword(kw) {
		return notKeyword, 0
	}
	if p.peek(1).Kind != preproc.Ident {
		return kw, 1
	}
	switch word := p.peek(1).Text; kw {
	case kwEnd:
		if full := ended(word); full != notKeyword {
			return full, 2
		}
	case kwElse:
		if lookup(word) == kwIf {
			return kwElseIf, 2
		}
	}
	return kw, 1
}

// ended returns the closing word that End and the word make.
func ended(word string) keyword {
	switch lookup(word) {
	case kwIf:
		return kwEndIf
	case kwDo, kwWhile:
		return kwEndDo
	case kwFor:
		return kwNext
	case kwCase:
		return kwEndCase
	case kwSwitch:
		return kwEndSwitch
	case kwTry:
		return kwEndTry
	}
	switch {
	case abbreviates(word, "sequence"):
		return kwEndSequence
	case abbreviates(word, "transaction"):
		return kwEndTransaction
	}
	return notKeyword
}

// isDivider tells whether the word kw stands here.
func (p *parser) isDivider(kw keyword) bool {
	got, _ := p.divider()
	return got == kw
}

// body parses statements up to a word that divides or closes a block that is
// open, to the next function or class, or to the end of the source.
func (p *parser) body() []Stmt {
	base := len(p.stmts)
	for {
		p.blank()
		if p.kind() == preproc.EOF || p.atDecl() {
			break
		}
		if kw, n := p.divider(); kw != notKeyword {
			if kw == kwEndTransaction && !p.within(transactionBlock) {
				p.endTransaction()
				continue
			}
			if p.wanted(kw) {
				break
			}
			if p.stray(kw, n) {
				continue
			}
		}
		p.statement()
	}
	list := slices.Clone(p.stmts[base:])
	clear(p.stmts[base:])
	p.stmts = p.stmts[:base]
	return list
}

// within tells whether the innermost block is of the kind.
func (p *parser) within(kind blockKind) bool {
	n := len(p.blocks)
	return n > 0 && p.blocks[n-1].kind == kind
}

// wanted tells whether a block that is open takes the word.
func (p *parser) wanted(kw keyword) bool {
	for i := len(p.blocks) - 1; i >= 0; i-- {
		if p.blocks[i].takes(kw) {
			return true
		}
	}
	return false
}

// stray reports a dividing or closing word of n tokens that no block takes. It
// returns false, without a report, if the word may be a name here.
func (p *parser) stray(kw keyword, n int) bool {
	if kw == kwAlways || kw == kwCatch || kw == kwFinally {
		return false
	}
	text := p.tok().Text
	if n == 2 {
		text += " " + p.peek(1).Text
	}
	if p.forgiven > 0 {
		p.forgiven--
	} else {
		p.errorf(p.tok().Pos, "%s without %s", text, opener(kw))
	}
	p.closeStmt()
	return true
}

// opener returns the words that open the blocks which kw divides or closes.
func opener(kw keyword) string {
	if kw == kwEnd {
		return "a block to close"
	}
	text := ""
	for kind, info := range blockInfo {
		if !(block{kind: blockKind(kind)}).takes(kw) {
			continue
		}
		if text != "" {
			text += " or "
		}
		text += info.opens
	}
	return text
}
