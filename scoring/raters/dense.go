package raters

import "math"

// exactLimit is the number of multiplications in one step up to which the exact solver is used: about half a second, so
// that a fit takes less than ten. It lets through 750 raters or objects that all hang together, or any number of
// raters in panels of a few dozen.
const exactLimit = 5e8

// exactTolerance ends a climb whose criterion has no sampling error, well below the seven digits reported.
const exactTolerance = 1e-10

// exact solves each component of the graph by a dense factor of its kept side.
type exact struct {
	d          *design
	r          ratios
	components []block
	trace      ratios
	log        float64
}

// block is one component.
type block struct {
	out, kept []int32
	inverse   [][]float64 // S^-1 of the kept levels, both triangles
}

// exactWork is the number of multiplications in one step of the exact solver.
func (d *design) exactWork() (work float64) {
	side := make([]float64, d.components)
	for _, c := range d.keptComponent() {
		side[c]++
	}
	for _, n := range side {
		work += n * n * n
	}
	for i := range d.out.n {
		n := float64(d.out.start[i+1] - d.out.start[i])
		work += n * n
	}
	return work
}

func newExact(d *design) *exact {
	e := &exact{d: d, components: make([]block, d.components)}
	for i, c := range d.outComponent() {
		e.components[c].out = append(e.components[c].out, int32(i))
	}
	for i, c := range d.keptComponent() {
		e.components[c].kept = append(e.components[c].kept, int32(i))
	}
	return e
}

func (e *exact) tolerance() float64 { return exactTolerance }
func (e *exact) smooth() bool       { return true }
func (e *exact) logDet() float64    { return e.log }

func (e *exact) traces() ratios { return e.trace }

func (e *exact) set(r ratios) {
	e.r, e.trace, e.log = r, ratios{}, 0
	position := make([]int, len(e.d.kept.n))
	for i := range e.components {
		b := &e.components[i]
		for at, k := range b.kept {
			position[k] = at
		}
		e.factor(b, position)
	}
}

// factor fills one block and adds its part of the traces and the determinant. With G = N'(1+out*n)^-2 N, the out
// side's trace is sum n/(1+out*n) - kept*tr(S^-1 G), the kept side's tr(S^-1 L).
func (e *exact) factor(b *block, position []int) {
	d := e.d
	m := len(b.kept)
	l, g, s := square(m), square(m), square(m)
	for _, i := range b.out {
		whole := 1 + float64(e.r.out*d.out.n[i])
		e.trace.out += d.out.n[i] / whole
		from, to := d.out.start[i], d.out.start[i+1]
		for c := from; c < to; c++ {
			row := position[d.out.other[c]]
			for c2 := from; c2 <= c; c2++ { // others ascend, so this is the lower triangle
				both := float64(d.out.count[c] * d.out.count[c2])
				l[row][position[d.out.other[c2]]] -= float64(both*e.r.out) / whole
				g[row][position[d.out.other[c2]]] += both / float64(whole*whole)
			}
		}
	}
	for at, k := range b.kept {
		l[at][at] += d.kept.n[k]
		for j, v := range l[at][:at+1] {
			s[at][j] = float64(e.r.kept * v)
		}
		s[at][at]++
	}
	e.log += cholesky(s)
	b.inverse = invert(s)
	e.trace.kept += product(b.inverse, l)
	e.trace.out -= float64(e.r.kept * product(b.inverse, g))
	mirror(b.inverse)
}

func square(m int) [][]float64 {
	rows, all := make([][]float64, m), make([]float64, m*m)
	for i := range rows {
		rows[i] = all[i*m : (i+1)*m]
	}
	return rows
}

// cholesky replaces the lower triangle of a positive definite matrix by its factor and returns log of its determinant.
func cholesky(a [][]float64) (logDet float64) {
	for i, row := range a {
		for j := range i {
			row[j] = (row[j] - dot(row[:j], a[j][:j])) / a[j][j]
		}
		row[i] = math.Sqrt(row[i] - dot(row[:i], row[:i]))
		logDet += 2 * math.Log(row[i])
	}
	return logDet
}

// invert returns the lower triangle of (FF')^-1 and replaces the factor F by its inverse.
func invert(f [][]float64) [][]float64 {
	work := make([]float64, len(f))
	for i, row := range f {
		pivot := row[i]
		clear(work[:i])
		for k := range i {
			add(work[:k+1], f[k][:k+1], row[k])
		}
		for j := range i {
			row[j] = -work[j] / pivot
		}
		row[i] = 1 / pivot
	}
	inverse := square(len(f))
	for i, row := range f {
		for j := range i + 1 {
			add(inverse[j][:j+1], row[:j+1], row[j])
		}
	}
	return inverse
}

// add adds factor*b to a.
func add(a, b []float64, factor float64) {
	for i, v := range b {
		a[i] += float64(factor * v)
	}
}

// product is the sum of a[i][j]*b[i][j] over both triangles of symmetric matrices that are given by their lower one.
func product(a, b [][]float64) (sum float64) {
	for i, row := range a {
		sum += 2*dot(row[:i], b[i][:i]) + float64(row[i]*b[i][i])
	}
	return sum
}

func mirror(a [][]float64) {
	for i, row := range a {
		for j := range i {
			a[j][i] = row[j]
		}
	}
}

func (e *exact) solve(right ...[]float64) error {
	for _, r := range right {
		whole := make([]float64, len(r))
		for _, b := range e.components {
			part := make([]float64, len(b.kept))
			for at, k := range b.kept {
				part[at] = r[k]
			}
			for at, k := range b.kept {
				whole[k] = dot(b.inverse[at], part)
			}
		}
		copy(r, whole)
	}
	return nil
}

func (e *exact) spread(out bool) ([]float64, error) {
	if out {
		return e.spreadOut(), nil
	}
	diagonal := make([]float64, len(e.d.kept.n))
	for _, b := range e.components {
		for at, k := range b.kept {
			diagonal[k] = b.inverse[at][at]
		}
	}
	return diagonal, nil
}

func (e *exact) spreadOut() []float64 {
	d := e.d
	diagonal := make([]float64, len(d.out.n))
	position := make([]int, len(d.kept.n))
	for _, b := range e.components {
		for at, k := range b.kept {
			position[k] = at
		}
		for _, i := range b.out {
			from, to := d.out.start[i], d.out.start[i+1]
			for c := from; c < to; c++ {
				row := b.inverse[position[d.out.other[c]]]
				var sum float64
				for c2 := from; c2 < to; c2++ {
					sum += float64(d.out.count[c2] * row[position[d.out.other[c2]]])
				}
				diagonal[i] += float64(d.out.count[c] * sum)
			}
		}
	}
	return diagonal
}
