package tlscheck

import (
	"cmp"
	"slices"
)

// client is a set of kinds of clients.
type client uint8

const (
	chrome  client = 1 << iota // and Edge, on desktops
	firefox                    // on desktops
	apple                      // Safari and apps on iOS, iPadOS and macOS
	android                    // Chrome and apps
	java                       // HttpsURLConnection and HttpClient with their defaults

	everyone = chrome | firefox | apple | android | java
)

// clients lists the kinds, in the order of reports.
var clients = []struct {
	client client
	name   string
}{
	{chrome, "Chrome, Edge"},
	{firefox, "Firefox"},
	{apple, "iPhone, iPad, Mac"},
	{android, "Android"},
	{java, "Java"},
}

// names lists the members of the set.
func (c client) names() (names []string) {
	for _, k := range clients {
		if c&k.client != 0 {
			names = append(names, k.name)
		}
	}
	return names
}

// rule is one thing that clients, or good sense, require.
type rule struct {
	refuse client // who refuses a server that breaks it; 0: nobody
	level  Level  // of a finding that nobody refuses for
	check  func(*facts) []remark
}

// remark says how a rule is broken.
type remark struct{ message, hint string }

// judge applies the rules. Those that say the same of different clients make one
// finding.
func (f *facts) judge() ([]Finding, []Verdict) {
	findings, refused := []Finding{}, []client{}
	verdicts := make([]Verdict, len(clients))
	for i, k := range clients {
		verdicts[i] = Verdict{Client: k.name, Accepts: true}
	}
	for _, r := range f.rules() {
		level := r.level
		if r.refuse != 0 {
			level = Error
		}
		for _, m := range r.check(f) {
			i := slices.IndexFunc(findings, func(f Finding) bool { return f.Message == m.message })
			if i < 0 {
				i = len(findings)
				findings, refused = append(findings, Finding{Level: level, Message: m.message, Hint: m.hint}), append(refused, 0)
			}
			refused[i] |= r.refuse
			findings[i].Refused = refused[i].names()
			for i, k := range clients {
				if r.refuse&k.client != 0 {
					verdicts[i].Accepts = false
					verdicts[i].Reasons = append(verdicts[i].Reasons, m.message)
				}
			}
		}
	}
	f.addConditions(verdicts)
	gravity := []Level{Error, Warning, Notice}
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Compare(slices.Index(gravity, a.Level), slices.Index(gravity, b.Level))
	})
	return findings, verdicts
}

// rules returns those that can be applied to what is known.
func (f *facts) rules() []rule {
	if f.leaf == nil {
		return []rule{{refuse: everyone, check: noHandshake}}
	}
	return slices.Concat(protocolRules, chainRules, certificateRules)
}

// addConditions says what each client that accepts an authority of one's own
// needs for that. Sources, besides those of certificateRules:
//
//   - Chrome and Edge take authorities that were added to the system's store, on
//     Linux those in the NSS database of the user (Chrome Root Program, "FAQ").
//   - Firefox takes them from the system's store on Windows and macOS, since 120
//     by default (support.mozilla.org/kb/automatically-trust-third-party-certificates).
//   - iOS wants the profile installed and then full trust switched on for it
//     (support.apple.com/102390).
//   - Android: apps trust authorities that the user has added only if their
//     network security configuration says so, or if they are made for Android 6
//     or older (developer.android.com/privacy-and-security/security-config);
//     Chrome says so.
//   - Java has a store of its own, cacerts, in each installation.
func (f *facts) addConditions(verdicts []Verdict) {
	if !f.trust.ok || f.public {
		return
	}
	provided := map[client][]string{
		chrome:  {"the authority is in the system's store; on Linux: in the user's NSS database"},
		firefox: {"the authority is in the system's store (Windows, macOS); on Linux: imported in Firefox"},
		apple:   {"the authority's profile is installed and full trust is switched on for it (Settings, General, About, Certificate Trust Settings)"},
		android: {"the authority is installed as CA certificate; that suffices for Chrome", "an app says that it trusts authorities which the user has added: most do not"},
		java:    {"the authority is in cacerts of each Java (keytool -importcert -cacerts)"},
	}
	for i, k := range clients {
		if verdicts[i].Accepts {
			verdicts[i].Provided = provided[k.client]
		}
	}
}
