package pattern

import (
	"fmt"
	"unicode"
	"unicode/utf8"
)

// Pattern is a compiled expression. It never changes, and may be used by several goroutines.
type Pattern struct{ program []inst }

// inst is an instruction. The tree's ops go on to x; opAlt goes on to x and y; opEmpty with
// x < 0 has found it.
type inst struct {
	op    op
	fold  bool
	place place
	r     rune // of opChar with fold: the least of those that are alike
	class *class
	x, y  int32
}

// Compile compiles an expression. The error wraps ErrSyntax.
func Compile(expression string) (*Pattern, error) {
	n, err := parse(expression)
	if err != nil {
		return nil, err
	}
	p := new(Pattern)
	p.add(inst{op: opEmpty, x: -1})
	// Instructions are made from the end, so that each knows what follows it. The last is the start.
	start := p.emit(&n, 0)
	p.add(inst{op: opEmpty, x: start})
	if len(p.program) > maxProgram {
		return nil, fmt.Errorf("%w: too large", ErrSyntax)
	}
	return p, nil
}

func (p *Pattern) add(i inst) int32 {
	p.program = append(p.program, i)
	return int32(len(p.program) - 1)
}

// emit makes the instructions of a node, which go on to next, and returns the first of them. It stops
// where the program is too large.
func (p *Pattern) emit(n *node, next int32) int32 {
	if len(p.program) > maxProgram {
		return next
	}
	switch n.op {
	case opEmpty:
		return next
	case opCat:
		for i := len(n.children) - 1; i >= 0; i-- {
			next = p.emit(&n.children[i], next)
		}
		return next
	case opAlt:
		first := p.emit(&n.children[0], next)
		for i := range n.children[1:] {
			first = p.add(inst{op: opAlt, x: first, y: p.emit(&n.children[1+i], next)})
		}
		return first
	case opRepeat:
		return p.emitRepeat(n, next)
	}
	i := inst{op: n.op, fold: n.fold, place: n.place, r: n.r, class: n.class, x: next}
	if n.fold && n.op == opChar {
		i.r = folded(n.r)
	}
	return p.add(i)
}

func (p *Pattern) emitRepeat(n *node, next int32) int32 {
	child := &n.children[0]
	switch {
	case n.most < 0:
		loop := p.add(inst{op: opAlt, y: next})
		p.program[loop].x = p.emit(child, loop)
		next = loop
	default:
		// (x(x(x)?)?)?: from the inside out, each way out goes to the end.
		end := next
		for range n.most - n.least {
			if len(p.program) > maxProgram {
				return next
			}
			next = p.add(inst{op: opAlt, x: p.emit(child, next), y: end})
		}
	}
	for range n.least {
		if len(p.program) > maxProgram {
			return next
		}
		next = p.emit(child, next)
	}
	return next
}

// folded returns the least of the characters that differ from r only by case.
func folded(r rune) rune {
	if r < utf8.RuneSelf && !('a' <= r && r <= 'z') && !('A' <= r && r <= 'Z') {
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

// threads is the set of instructions that the machine is at: a list, and for each instruction
// when it was last put in, so that nothing has to be cleared.
type threads struct {
	list  []int32
	added []int32 // by instruction: the step in which it was added
}

// machine runs a program over one text.
type machine struct {
	program []inst
	stack   []int32
	// What is around the place in the text; -1 for nothing.
	before, after rune
}

// Find reports whether the expression is found anywhere in the text. The time is at most
// len(text) times the length of the program.
func (p *Pattern) Find(text string) bool {
	n := len(p.program)
	m := machine{program: p.program, before: -1}
	now, next := threads{added: make([]int32, n)}, threads{added: make([]int32, n)}
	size := m.look(text)
	for step := int32(1); ; step++ {
		if m.enter(&now, int32(n-1), step) {
			return true
		}
		if m.after < 0 {
			return false
		}
		r := m.after
		text = text[size:]
		m.before, size = r, m.look(text)
		for _, i := range now.list {
			if in := &m.program[i]; in.takes(r) && m.enter(&next, in.x, step+1) {
				return true
			}
		}
		now, next = next, now
		next.list = next.list[:0]
	}
}

// look sets what comes next and returns its length.
func (m *machine) look(text string) (size int) {
	if m.after = -1; text != "" {
		m.after, size = utf8.DecodeRuneInString(text)
	}
	return size
}

// takes reports whether an instruction reads a character.
func (in *inst) takes(r rune) bool {
	switch in.op {
	case opChar:
		return r == in.r || in.fold && folded(r) == in.r
	case opAny:
		return true
	case opLine:
		return r != '\n'
	}
	return in.class.has(r, in.fold)
}

// enter puts an instruction into a set, or those that it leads to without reading, and reports
// whether one of them is the end.
func (m *machine) enter(t *threads, start, step int32) bool {
	m.stack = append(m.stack[:0], start)
	for len(m.stack) > 0 {
		i := m.stack[len(m.stack)-1]
		m.stack = m.stack[:len(m.stack)-1]
		if t.added[i] == step {
			continue
		}
		t.added[i] = step
		switch in := &m.program[i]; in.op {
		case opEmpty:
			if in.x < 0 {
				return true
			}
			m.stack = append(m.stack, in.x)
		case opAlt:
			m.stack = append(m.stack, in.x, in.y)
		case opAssert:
			if m.holds(in.place) {
				m.stack = append(m.stack, in.x)
			}
		default:
			t.list = append(t.list, i)
		}
	}
	return false
}

func (m *machine) holds(p place) bool {
	switch p {
	case beginText:
		return m.before < 0
	case endText:
		return m.after < 0
	case beginLine:
		return m.before < 0 || m.before == '\n'
	case endLine:
		return m.after < 0 || m.after == '\n'
	}
	return (isWord(m.before) != isWord(m.after)) == (p == wordBoundary)
}
