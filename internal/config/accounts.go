package config

import (
	"net/netip"
	"slices"
	"time"
)

// Store is [Store]: the database of users, sessions and their like.
type Store struct {
	URL            string        // postgres://…, with its password; "": SQLite in General.DataPath
	URLFile        string        // absolute path of a file that holds it, or ""
	MaxConnections int           // to PostgreSQL
	Timeout        time.Duration // of a statement
}

// Auth is [Auth]: users, their passwords, and the tokens that they get.
type Auth struct {
	AccessTokenTime  time.Duration // life of an access token
	RefreshTokenTime time.Duration // life of a refresh token
	PasswordGrant    bool          // tokens are given for name and password
	TokenStatus      int           // HTTP status of an answer with tokens, 200 or 201
	KeyAge           time.Duration // after which tokens are signed with a new key

	FailedLogins int            // in a row, after which a user is locked for LockTime; 0: any
	LockTime     time.Duration  // of a user, and of an address
	Trusted      []netip.Prefix // networks whose failures are counted apart
	MaxSessions  int            // of a user at the same time; 0: 10,000

	PasswordExpires   time.Duration // after which a password must be changed; 0: never
	PasswordHistory   int           // old passwords that cannot be taken again
	MinPasswordLength int           // in characters
	DefaultPermit     bool          // users without any rule may call what needs a user
	AuditDays         int           // for which records are kept; 0: for ever
}

// License is [License]: how many use the server's APIs at the same time.
type License struct {
	Enable     bool          // licences are counted
	PublicKey  string        // absolute path of a PEM file, its https URL, or ""
	Algorithms []string      // of x-totvs-appcode, such as RS256
	Issuer     string        // of x-totvs-appcode
	Refresh    time.Duration // after which a key from a URL is fetched anew
	Slots      []LicenseSlot // each slot once, in the order of the file
}

// LicenseSlot says how many licences a slot has.
type LicenseSlot struct{ Slot, Count int }

// accountKeys are the keys of [Store], [Auth] and [License].
var accountKeys = []spec{
	{"Store", "URL", "", restart, databaseURL(func(c *Config) stringField { return &c.Store.URL }),
		"PostgreSQL database of users and sessions. If empty: the file appserver.db in [General] DataPath (SQLite)."},
	{"Store", "URLFile", "", restart, path(allowedFile, func(c *Config) stringField { return &c.Store.URLFile }), "File that holds it, instead of URL."},
	{"Store", "MaxConnections", "10", restart, number(2, 1000, func(c *Config) intField { return &c.Store.MaxConnections }), "Connections to PostgreSQL at the same time."},
	{"Store", "Timeout", "10", restart, seconds(1, 600, func(c *Config) timeField { return &c.Store.Timeout }), "Time of a statement."},

	{"Auth", "AccessTokenTime", "3600", live, seconds(60, 86_400, func(c *Config) timeField { return &c.Auth.AccessTokenTime }), "Life of an access token."},
	{"Auth", "RefreshTokenTime", "86400", live, seconds(300, maxSeconds, func(c *Config) timeField { return &c.Auth.RefreshTokenTime }), "Life of a refresh token."},
	{"Auth", "PasswordGrant", "1", live, flag(func(c *Config) boolField { return &c.Auth.PasswordGrant }), "0: no tokens are given for name and password."},
	{"Auth", "TokenStatus", "200", live, number(200, 201, func(c *Config) intField { return &c.Auth.TokenStatus }), "HTTP status of an answer with tokens: 200 as RFC 6749 says, 201 for clients that wait for that one."},
	{"Auth", "KeyDays", "90", live, days(1, 3650, func(c *Config) timeField { return &c.Auth.KeyAge }), "Age at which the key that signs tokens is followed by a new one."},
	{"Auth", "FailedLogins", "5", live, number(0, 1000, func(c *Config) intField { return &c.Auth.FailedLogins }), "Wrong passwords in a row after which a user is locked for LockTime; 0: any number."},
	{"Auth", "LockTime", "900", live, seconds(1, 86_400, func(c *Config) timeField { return &c.Auth.LockTime }), "How long that is."},
	{"Auth", "TrustedNetworks", "", live, networks(func(c *Config) networkField { return &c.Auth.Trusted }),
		"Networks, such as 10.0.0.0/8, whose wrong passwords are counted apart: guesses from elsewhere lock nobody out there."},
	{"Auth", "MaxSessions", "0", live, number(0, 1000, func(c *Config) intField { return &c.Auth.MaxSessions }),
		"Sessions of a user at the same time, each of them a login that got tokens; beyond it the one unused longest ends; 0: 10,000."},
	{"Auth", "PasswordExpires", "0", live, days(0, 3650, func(c *Config) timeField { return &c.Auth.PasswordExpires }), "Age at which a password must be changed; 0: never."},
	{"Auth", "PasswordHistory", "3", live, number(0, 50, func(c *Config) intField { return &c.Auth.PasswordHistory }), "Former passwords that a user cannot take again."},
	{"Auth", "MinPasswordLength", "8", live, number(8, 128, func(c *Config) intField { return &c.Auth.MinPasswordLength }), "Least length of a new password."},
	{"Auth", "DefaultPermit", "1", live, flag(func(c *Config) boolField { return &c.Auth.DefaultPermit }),
		"1: users for whom no rule is made may call whatever needs a user. 0: they may call nothing."},
	{"Auth", "AuditDays", "365", live, number(0, 36_500, func(c *Config) intField { return &c.Auth.AuditDays }), "Days for which records of logins and changes are kept; 0: for ever."},

	{"License", "Enable", "0", live, flag(func(c *Config) boolField { return &c.License.Enable }), "1: requests of HTTP APIs take licences of Slots."},
	{"License", "PublicKey", "", live, keySource(func(c *Config) stringField { return &c.License.PublicKey }),
		"Public key or certificate that the header x-totvs-appcode is verified with. If empty: requests that have it are refused."},
	{"License", "Algorithms", "RS256", live, algorithms(func(c *Config) listField { return &c.License.Algorithms }), "Signature algorithms of that header."},
	{"License", "Issuer", "mingle/totvs", live, text(func(c *Config) stringField { return &c.License.Issuer }).neverEmpty(), "Issuer that it must name."},
	{"License", "Slots", "4093:100", live, slots(func(c *Config) *[]LicenseSlot { return &c.License.Slots }),
		"The slots and how many licences each has. Requests that name none take one of 4093."},
	{"License", "Refresh", "24", live, units(time.Hour, "hours", 1, 168, func(c *Config) timeField { return &c.License.Refresh }), "Time after which a key from a URL is fetched anew."},
}

// days is a number of days.
func days(low, high int, field func(*Config) *time.Duration) binding {
	return units(24*time.Hour, "days", low, high, field)
}

// checkAccounts looks at what keys of [Store], [Auth] and [License] mean together.
func (c *Config) checkAccounts() {
	c.checkSecretFile("Store", "URL", "URLFile")
	if c.Auth.RefreshTokenTime < c.Auth.AccessTokenTime {
		c.Report(Warning, "Auth", "RefreshTokenTime", "an access token outlives the refresh token that it came with", "set it to AccessTokenTime or more")
	}
	if c.General.RestErrorDetail {
		c.Report(Warning, "General", "RestErrorDetail", "whoever may call sees sources and data of programs that fail", "remove the line where others than developers call")
	}
	if !c.License.Enable {
		return
	}
	if !slices.ContainsFunc(c.License.Slots, func(s LicenseSlot) bool { return s.Count > 0 }) {
		c.Report(Warning, "License", "Slots", "every request is refused: no slot has a licence", "set it to slot:count, such as 4093:100")
	}
	if c.License.PublicKey == "" {
		c.Report(Notice, "License", "PublicKey", "requests with the header x-totvs-appcode are refused: there is no key to verify it with", "name a PEM file, or its https URL")
	}
}
