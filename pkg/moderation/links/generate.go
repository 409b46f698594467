//go:build ignore

// generate makes tlds.txt of the top-level domains of IANA, as the npm package tlds has them.
// To renew it:
//
//	npm pack tlds@1.261.0 && tar xzf tlds-1.261.0.tgz
//	go run generate.go package/index.json >tlds.txt
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"slices"
	"strings"
)

// Ordinary sentences with a space missing are told from domains by how much a top-level
// domain is like a word. Those of two letters are sure ones and others are unsure, but for
// these.
var (
	// Sure: nobody begins a sentence with them.
	sure = "arpa asia biz cat com coop edu gov int jobs mil mobi net org tel xyz icu bzh cyou dev gbiz gle goog gmbh llc ltda qpon rsvp srl zuerich " +
		"berlin hamburg koeln wien bayern london nyc moscow istanbul tokyo"
	// Likely: words, or endings of file names, that are seldom written right behind a dot, or
	// domains that are often used for advertising.
	likely = "app blog club click casino chat cloud codes dating digital download email exchange forum host hosting info link ltd online page porn press pro pub " +
		"sale sex sexy shop site social store stream tech tips top travel video vip webcam website wiki win bet bid loan loans poker software " +
		"de es eu fr ga li lu nl nu pl se si su ml tk ch tv ws рф рус срб укр бел мкд мон қаз бг ею ελ ευ հայ გე ישראל 한국 ไทย"
	// Unsure: words of two letters in some language, units, and endings of file names.
	unsure = "ac ad ag al am ao as at au ba be bi by cc cm da do em er et id il im in is it je ki km la ma me md mg mk mm mo ms mt my na ne no om pa pe ph pm ps pt " +
		"py re rs sa sc sd sh so sr st sv ta to tt tu ua us va ve vi vu"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run generate.go <index.json of tlds>")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	var names []string
	if err := json.Unmarshal(text, &names); err != nil {
		log.Fatal(err)
	}
	slices.Sort(names)
	in := func(list, name string) bool { return slices.Contains(strings.Fields(list), name) }
	for _, name := range names {
		class := ""
		switch {
		case in(likely, name):
			class = "~"
		case in(sure, name), len(name) == 2 && !in(unsure, name):
			class = "+"
		}
		fmt.Println(name + class)
	}
}
