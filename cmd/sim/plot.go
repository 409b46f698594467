package main

import (
	"fmt"
	"html"
	"io"
	"math"
	"strconv"
	"strings"
)

// plot is a line through points, as SVG. The x axis is logarithmic, for numbers of peers; the y
// axis is linear and starts at 0. Text and axes are grey, the line is blue: both can be read on
// white and on black.
type plot struct {
	title, x, y string
	points      []point
}

type point struct{ x, y float64 }

const (
	plotWidth, plotHeight = 640, 400
	left, right           = 84, 24 // margins
	top, bottom           = 48, 56
	yTicks                = 5 // about
	ink, blue             = "#808080", "#3987e5"
)

// write writes the plot. It needs one point at least, with x > 0 and y >= 0.
func (p *plot) write(w io.Writer) error {
	lo, hi := p.points[0].x, p.points[0].x
	var most float64
	for _, q := range p.points {
		lo, hi, most = min(lo, q.x), max(hi, q.x), max(most, q.y)
	}
	if lo == hi {
		lo, hi = lo/2, hi*2
	}
	step := niceStep(most / yTicks)
	height := max(math.Ceil(most/step), 1) * step
	atX := func(x float64) float64 {
		return left + (plotWidth-left-right)*math.Log(x/lo)/math.Log(hi/lo)
	}
	atY := func(y float64) float64 { return plotHeight - bottom - (plotHeight-top-bottom)*y/height }

	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="system-ui, sans-serif" font-size="13" fill="%s" role="img" aria-label="%s">`+"\n",
		plotWidth, plotHeight, ink, html.EscapeString(p.title))
	text := func(x, y float64, anchor, more, s string) {
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="%s"%s>%s</text>`+"\n", x, y, anchor, more, html.EscapeString(s))
	}
	line := func(x1, y1, x2, y2 float64, more string) {
		fmt.Fprintf(&b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"%s/>`+"\n", x1, y1, x2, y2, ink, more)
	}

	text(left, 28, "start", ` font-size="16" font-weight="600"`, p.title)
	for y := 0.0; y <= height*1.0001; y += step {
		faint := ""
		if y > 0 {
			faint = ` stroke-opacity="0.3"`
		}
		line(left, atY(y), plotWidth-right, atY(y), faint)
		text(left-8, atY(y)+4, "end", "", short(y))
	}
	line(left, top, left, plotHeight-bottom, "")
	for _, q := range p.points {
		line(atX(q.x), plotHeight-bottom, atX(q.x), plotHeight-bottom+5, "")
		text(atX(q.x), plotHeight-bottom+20, "middle", "", short(q.x))
	}
	text((left+plotWidth-right)/2, plotHeight-12, "middle", "", p.x)
	text(0, 0, "middle", fmt.Sprintf(` transform="translate(18 %d) rotate(-90)"`, (top+plotHeight-bottom)/2), p.y)

	fmt.Fprintf(&b, `<polyline fill="none" stroke="%s" stroke-width="2.5" stroke-linejoin="round" points="`, blue)
	for i, q := range p.points {
		if i > 0 {
			b.WriteByte(' ')
		}
		fmt.Fprintf(&b, "%.1f,%.1f", atX(q.x), atY(q.y))
	}
	b.WriteString("\"/>\n")
	for _, q := range p.points {
		fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="4" fill="%s"><title>%s: %s</title></circle>`+"\n",
			atX(q.x), atY(q.y), blue, short(q.x), short(q.y))
	}
	b.WriteString("</svg>\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// niceStep is the least of 1, 2, 5 and their tenfolds that is not less than v.
func niceStep(v float64) float64 {
	if v <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 2, 5} {
		if m*unit >= v*0.9999 {
			return m * unit
		}
	}
	return 10 * unit
}

// short writes a number with three digits and k, M or G.
func short(v float64) string {
	unit := ""
	for _, u := range [...]string{"k", "M", "G"} {
		if v < 1000 {
			break
		}
		v, unit = v/1000, u
	}
	return strconv.FormatFloat(math.Round(v*1000)/1000, 'g', 4, 64) + unit
}
