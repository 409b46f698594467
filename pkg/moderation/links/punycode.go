package links

import "math"

// punycode decodes a label without its "xn--" (RFC 3492).
func punycode(code string) (string, bool) {
	const (
		base, tMin, tMax = 36, 1, 26
		skew, damp       = 38, 700
	)
	if len(code) > maxLabel {
		return "", false
	}
	n, i, bias := rune(128), int32(0), int32(72)
	var out []rune
	for k := len(code) - 1; k >= 0; k-- {
		if code[k] == '-' {
			out = []rune(code[:k])
			code = code[k+1:]
			break
		}
	}
	first := true
	for len(code) > 0 {
		from, weight := i, int32(1)
		for k := int32(base); ; k += base {
			if len(code) == 0 {
				return "", false
			}
			var digit int32
			switch c := code[0]; {
			case c >= 'a' && c <= 'z':
				digit = int32(c - 'a')
			case c >= '0' && c <= '9':
				digit = int32(c-'0') + 26
			default:
				return "", false
			}
			code = code[1:]
			if digit > (math.MaxInt32-i)/weight {
				return "", false
			}
			i += digit * weight
			t := min(max(k-bias, tMin), tMax)
			if digit < t {
				break
			}
			if weight > math.MaxInt32/(base-t) {
				return "", false
			}
			weight *= base - t
		}
		length := int32(len(out)) + 1
		delta := (i - from) / 2
		if first {
			delta, first = (i-from)/damp, false
		}
		delta += delta / length
		bias = 0
		for delta > (base-tMin)*tMax/2 {
			delta /= base - tMin
			bias += base
		}
		bias += (base - tMin + 1) * delta / (delta + skew)
		n += i / length
		if n > 0x10ffff || n >= 0xd800 && n < 0xe000 || n < 128 {
			return "", false
		}
		i %= length
		out = append(out, 0)
		copy(out[i+1:], out[i:])
		out[i] = n
		i++
	}
	return string(out), true
}
