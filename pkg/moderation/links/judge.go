package links

import "strings"

// is decides whether a text means a domain.
func (h *host) is(s string) bool {
	if !well(h.first) || !well(h.last) || !well(h.second) {
		return false
	}
	if h.end < len(s) && (s[h.end] == '_' || s[h.end] == '(' && len(h.last) <= 3 && h.last != "com") {
		return false // a name in a program
	}
	if digits(h.last) {
		return h.labels == 4 && ipv4(s[h.start:h.end]) && (h.port(s) || h.goesOn(s) && letter(s[h.end+1])) // not a network: 10.0.0.0/8
	}
	tld := strings.ToLower(h.last)
	name := strings.ToLower(h.second)
	if strings.EqualFold(h.first, "www") && h.labels > 2 {
		return true
	}
	c := classOf(tld)
	if c == unknown {
		return strings.EqualFold(h.first, "www") && len(h.last) > 2 && !capital(h.last)
	}
	mention := h.start > 0 && s[h.start-1] == '@'
	if mention && h.start > 1 && localByte(s[h.start-2]) {
		return true
	}
	if h.goesOn(s) || h.labels > 2 && registry(name) && len(h.first) > 1 || known(name, tld) {
		return true
	}
	switch {
	case h.labels == 2 && wellKnown(name, tld), h.initials():
		return false
	case h.alone(s), invited(s, h.start):
		return true
	case mention, digits(h.second) && tld != "com" && tld != "net" && tld != "org":
		return false
	case len(name) == 1 && len(tld) == 2:
		return false
	}
	// Behind the end of a sentence a capital letter follows.
	written := !capital(h.last) || allCapital(h.last) && (allCapital(h.second) || digits(h.second))
	switch c {
	case sure:
		return written || tld == "com" || tld == "net" || tld == "org"
	case likely:
		return written && len(name) >= 3 && (!capital(h.second) || allCapital(h.second) || len(tld) == 2)
	}
	return false
}

// goesOn tells whether a path, a query or a port follows.
func (h *host) goesOn(s string) bool {
	if h.end+1 >= len(s) {
		return h.end < len(s) && s[h.end] == '/'
	}
	next := s[h.end+1]
	switch s[h.end] {
	case '/':
		return next != '/' && !(len(h.last) <= 2 && h.labels == 2 && len(h.second) <= 2)
	case ':':
		return h.port(s) && !digits(h.second)
	case '?':
		query := s[h.end:min(len(s), h.end+maxLabel)]
		return next != ' ' && strings.IndexByte(query[:untilSpace(query, 0)], '=') > 0
	}
	return false
}

func (h *host) port(s string) bool {
	return h.end+1 < len(s) && s[h.end] == ':' && s[h.end+1] >= '0' && s[h.end+1] <= '9'
}

// registry tells the second levels under which names are registered: example.co.uk.
func registry(name string) bool {
	return oneOf(name, "co com org net ac gov edu gob gouv gv or ne go")
}

// known tells short domains of words that are links wherever they are written.
func known(name, tld string) bool {
	return oneOf(name+"."+tld, "youtu.be t.me wa.me t.co redd.it amzn.to fb.me m.me telegram.me paypal.me is.gd linktr.ee about.me ow.ly bit.ly "+
		"g.co x.com adf.ly cutt.ly rb.gy s.id v.gd vk.cc clck.ru discord.gg twitch.tv")
}

// wellKnown tells names of software that look like domains.
func wellKnown(name, tld string) bool {
	return oneOf(name+"."+tld, "asp.net vb.net ado.net ml.net paint.net c.net f.net java.io java.net javax.net system.net system.io socket.io "+
		"std.io console.info logger.info log.info window.open package.info user.info go.dev")
}

// initials tells e.g., i.e., U.S. and the like, with the word that follows them.
func (h *host) initials() bool {
	if h.labels == 2 {
		return len(h.second) == 1 && len(h.last) == 1
	}
	return len(h.first) == 1 && (len(h.second) == 1 || h.labels > 3)
}

// alone tells whether the text holds nothing else.
func (h *host) alone(s string) bool {
	switch {
	case len(s) > maxName+maxLabel:
		return false
	case strings.Trim(s[:h.start], " \t\r\n-*•>→:\"'") != "", strings.Trim(s[h.end:], " \t\r\n.!\"'") != "":
		return false
	case h.labels > 3, len(h.second) < 3, capital(h.last), fileName(strings.ToLower(h.last)):
		return false
	}
	return true
}

// fileName tells the top-level domains that end the names of files.
func fileName(tld string) bool {
	return oneOf(tld, "py rs md sh pl ps cc so mk zip mov app ml ms ai st id name info download")
}

// invited tells whether the word before asks the reader to go there.
func invited(s string, start int) bool {
	end := start
	for end > 0 && start-end < 3 && (s[end-1] == ' ' || s[end-1] == ':') {
		end--
	}
	if end == start {
		return false
	}
	return oneOf(strings.ToLower(s[before(s, end):end]),
		"visit site website url link domain homepage webpage webseite visita visite visitez besuche besucht сайт сайте goto browse")
}

// oneOf tells whether a word is in a list, whose words stand between spaces.
func oneOf(word, list string) bool {
	if word == "" {
		return false
	}
	for {
		i := strings.Index(list, word)
		if i < 0 {
			return false
		}
		end := i + len(word)
		if (i == 0 || list[i-1] == ' ') && (end == len(list) || list[end] == ' ') {
			return true
		}
		list = list[end:]
	}
}

func ipv4(s string) bool {
	for _, part := range strings.Split(s, ".") {
		if len(part) > 3 || len(part) == 3 && part > "255" {
			return false
		}
	}
	return true
}
