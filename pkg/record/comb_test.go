package record

import "testing"

func TestComb(t *testing.T) {
	table := baseComb()
	var power scalar
	power.SetInt(1)
	for i := range combRows {
		for d := range byte(16) {
			digit := half{lo: uint64(max(int(d)*2-15, 15-int(d)*2)), negative: d < 8}.value()
			var got point
			x, y := table.lookup(i, d)
			setAffine(&got, &x, &y)
			normalize(&got)
			if got != times(digit.Mul(&power), &generator) {
				t.Fatalf("row %d, digit %d is wrong", i, d)
			}
		}
		power.Mul(new(scalarOf(16)))
	}
}

func TestMulBase(t *testing.T) {
	var special, minus scalar
	top := scalarOf(15<<60, 0, 0, 0) // 15·16^63
	special.Add2(&top, &top)
	minus.NegateVal(&special)
	ks := append(sparseScalars(), special, minus)
	r := newRand()
	for range 100 {
		ks = append(ks, randomScalar(r))
	}
	for _, k := range ks {
		if k.IsZero() {
			continue
		}
		if got := mulBase(&k); got != timesG(&k) {
			t.Fatalf("%v·G is %v", k, got)
		}
	}
}
