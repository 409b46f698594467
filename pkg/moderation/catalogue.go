package moderation

// Names of the rules, as they stand in options, verdicts and the hash.
const (
	ruleTime       = "time"
	ruleDeny       = "deny"
	ruleAllow      = "allow"
	ruleWork       = "work"
	ruleSchema     = "schema"
	ruleLinkField  = "linkField"
	ruleNoLinks    = "noLinks"
	ruleBadWords   = "badWords"
	ruleModerators = "moderators"
	ruleDuplicates = "duplicates"
	ruleRate       = "rate"
	ruleQuota      = "quota"
	ruleSimilar    = "similar"
	ruleConnection = "connection"
	ruleCustom     = "custom"
)

// Limits of what options may hold, so that a policy is compiled in milliseconds.
const (
	// MaxOptions is the longest options in bytes: lists of some thousand npubs fit.
	MaxOptions = 256 << 10
	// maxNpubs bounds each list of npubs.
	maxNpubs = 2000
	// maxHosts bounds the list of hosts, each of which is compared with every link.
	maxHosts = 500
	// maxNames bounds the lists of fields, languages and required members.
	maxNames = 64
	// maxName bounds a name in bytes, as a collection's name is bounded.
	maxName = 128
	// maxPattern bounds a regular expression in bytes. Its program, and so the time that
	// a byte of text costs, grows with it.
	maxPattern = 1 << 10
	// maxSchemas bounds the number of collections that have a schema.
	maxSchemas = 64
)

// kind is the type of a parameter's value.
type kind uint8

const (
	integer kind = iota // int64 from low to high
	text                // string of low to high bytes
	action              // "refuse" or "flag"
	list                // []string of low to high items, sorted, no one twice
	npubs               // list of npubs
	schemas             // map[string]any from a collection's name to its JSON Schema
)

// param is a parameter of a rule.
type param struct {
	name      string
	kind      kind
	low, high int64
	standard  any // value in standard, and wherever nothing else is said
	strict    any
}

// level is a preset, from lax to strict.
type level uint8

const (
	open level = iota
	standard
	strict
)

var levels = [...]string{"open", "standard", "strict"}

// spec is all that is known of a rule but what it does.
type spec struct {
	name   string
	class  Class
	from   level // the laxest preset that has the rule
	params []param
}

const (
	never = strict + 1 // a rule that no preset has

	day  = 24 * 60 * 60
	year = 365 * day
)

// same is the value of a parameter that presets do not vary.
func same(name string, k kind, low, high int64, v any) param { return param{name, k, low, high, v, v} }

var (
	refuse = any("refuse")
	none   = any([]string{})
	fields = param{"fields", list, 1, maxNames, []string{"text"}, []string{"*"}}
)

// catalogue holds all rules in the order of evaluation.
var catalogue = []spec{
	{ruleTime, Local, standard, []param{
		same("ahead", integer, 0, day, int64(600)),
	}},
	{ruleDeny, Pure, never, []param{
		same("npubs", npubs, 0, maxNpubs, none),
	}},
	{ruleAllow, Pure, never, []param{
		same("npubs", npubs, 1, maxNpubs, none),
	}},
	{ruleWork, Pure, strict, []param{
		same("bits", integer, 1, MaxWork, int64(16)),
	}},
	{ruleSchema, Pure, standard, []param{
		same("required", list, 0, maxNames, none),
		{"text", integer, 0, 64 << 10, int64(64 << 10), int64(2_000)},
		{"link", integer, 0, 2 << 10, int64(2 << 10), int64(512)},
		{"record", integer, 64, 64 << 10, int64(64 << 10), int64(8 << 10)},
		{"depth", integer, 0, 64, int64(32), int64(8)},
		same("collections", schemas, 0, maxSchemas, map[string]any{}),
	}},
	{ruleLinkField, Pure, standard, []param{
		same("hosts", list, 0, maxHosts, none),
		same("pattern", text, 0, maxPattern, ""),
	}},
	{ruleNoLinks, Pure, standard, []param{
		fields,
		same("action", action, 0, 0, refuse),
	}},
	{ruleBadWords, Pure, standard, []param{
		fields,
		same("action", action, 0, 0, refuse),
		same("languages", list, 0, maxNames, none),
		same("add", list, 0, 10_000, none),
		same("remove", list, 0, 10_000, none),
	}},
	{ruleModerators, Set, never, []param{
		same("npubs", npubs, 0, maxNpubs, none),
	}},
	{ruleDuplicates, Set, standard, []param{
		{"window", integer, 1, year, int64(10), int64(7 * day)},
	}},
	{ruleRate, Set, standard, []param{
		{"perMinute", integer, 1, 1_000_000, int64(20_000), int64(10)},
	}},
	{ruleQuota, Set, standard, []param{
		{"records", integer, 0, 10_000_000, int64(200_000), int64(5)},
		{"perCollection", integer, 0, 10_000_000, int64(0), int64(0)},
		{"perDay", integer, 0, 10_000_000, int64(0), int64(0)},
	}},
	{ruleSimilar, Local, standard, []param{
		{"percent", integer, 50, 100, int64(90), int64(75)},
		same("records", integer, 1, 100_000, int64(10_000)),
	}},
	{ruleConnection, Local, standard, []param{
		{"pushed", integer, 1, 1_000_000, int64(20_000), int64(300)},
		{"refused", integer, 1, 1_000_000, int64(2_000), int64(500)},
	}},
	{ruleCustom, Local, never, []param{
		same("name", text, 1, maxName, ""),
		same("version", text, 0, maxName, "1"),
		same("deadline", integer, 1, 60_000, int64(2_000)),
	}},
}

// preset returns the values of a rule's parameters at a level, or nil where the
// level does not have the rule.
func (s *spec) preset(l level) values {
	if l < s.from {
		return nil
	}
	return s.defaults(l)
}

// defaults returns the values that a rule has when nothing is said but that it is on.
func (s *spec) defaults(l level) values {
	v := make(values, len(s.params))
	for _, p := range s.params {
		if l == strict {
			v[p.name] = p.strict
		} else {
			v[p.name] = p.standard
		}
	}
	return v
}
