package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"appserver/internal/glob"
	"appserver/internal/store"
)

func TestPermit(t *testing.T) {
	t.Parallel()
	u, ctx := newUsersTest(t, Policy{DefaultPermit: true}), t.Context()
	for _, g := range []string{"sales", "guests"} {
		ok(t, u.AddGroup(ctx, root, g, "", false))
	}
	ok(t, u.AddGroup(ctx, root, "chiefs", "", true))
	who := map[string]Principal{
		"free": u.add("free"), "seller": u.add("seller", "sales"), "guest": u.add("guest", "guests", "sales"),
		"denied": u.add("denied"), "chief": u.add("chief", "chiefs", "guests"), "admin": u.add("admin", Administrators),
		"token": {Name: "robot", Method: Token}, "server": System, "nobody": {},
		"removed": {Name: "x", Method: User, ID: store.NewID()},
	}
	for _, p := range []Permission{
		{Group: "sales", Allow: true, Pattern: "U_SALES*"}, {Group: "sales", Allow: true, Pattern: "GET,PUT /api/sales/*"},
		{Group: "guests", Pattern: "U_SALESDROP"}, {Group: "guests", Pattern: "PUT /*"},
		{User: "denied", Pattern: "/API/wms/*"}, {User: "chief", Pattern: "*"},
	} {
		ok(t, u.SetPermission(ctx, root, p))
	}
	sales := Right{"U_SalesList", "GET", "/api/sales/list", "", ""}
	drop := Right{Function: "u_salesdrop"}
	put := Right{"Sample.Sales.Put", "PUT", "/API/Sales/1", "", ""}
	other := Right{"U_STOCK", "GET", "/api/wms/stock", "", ""}
	for _, c := range []struct {
		r   Right
		may string // who may make the call, beside those who may make all
	}{
		{sales, "free seller guest denied token"},
		{drop, "free seller denied token"},
		{put, "free seller denied token"},
		{Right{"X", "HEAD", "/api/sales/1", "", ""}, "free seller guest denied token"},
		{Right{"X", "DELETE", "/api/sales/1", "", ""}, "free denied token"},
		{Right{"X", "GET", "/rest/api/sales/1", "/api/sales/1", ""}, "free seller guest denied token"},
		{Right{"X", "GET", "/api/sales/1", "/sales/1", ""}, "free seller guest denied token"},
		{Right{"X", "GET", "/rest/sales/1", "/sales/1", ""}, "free denied token"},
		{Right{"X", "GET", "/rest/api/wms/1", "/api/wms/1", ""}, "free token"},
		{Right{"X", "GET", "/api/wms/1", "/wms/1", ""}, "free token"},
		{other, "free token"},
		{Right{"U_STOCK", "GET", "/api/wms", "", ""}, "free denied token"},
		{Right{"ORDERS:GET", "GET", "/orders", "", "U_SalesDrop"}, "free seller denied token"},
		{Right{"U_SALESLIST", "GET", "/orders", "", "U_SALESDROP"}, "free seller denied token"},
	} {
		for name, p := range who {
			want := strings.Contains(c.may+" chief admin server", name)
			if err := u.Permit(ctx, p, c.r); (err == nil) != want || err != nil && !errors.Is(err, ErrForbidden) {
				t.Errorf("%s, %+v: %v; want %v", name, c.r, err, want)
			}
		}
	}
	u.SetPolicy(Policy{})
	for name, want := range map[string]bool{"free": false, "token": false, "denied": false, "seller": true, "admin": true} {
		if err := u.Permit(ctx, who[name], sales); (err == nil) != want {
			t.Errorf("closed, %s: %v; want %v", name, err, want)
		}
	}
	// Changes of another process count.
	other2 := usersOf(t, u.store, Policy{})
	ok(t, other2.Leave(ctx, root, "sales", "seller"))
	u.known.every = 0 // as if its time were over
	if err := u.Permit(ctx, who["seller"], sales); !errors.Is(err, ErrForbidden) {
		t.Errorf("after leaving the group: %v", err)
	}
}

func TestPatterns(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"u_sales*": "U_SALES*", " sample.orders.* ": "SAMPLE.ORDERS.*", "/api/Wms/?": "/api/Wms/?", "get  /x": "GET /x", "put,GET,put /x": "GET,PUT /x", "* /x": "/x", "*": "*",
	} {
		if p, err := ParsePattern(text); err != nil || p.String() != want {
			t.Errorf("ParsePattern(%q) = %q, %v; want %q", text, p, err, want)
		}
	}
	for _, text := range []string{"", " ", "a b", "GET", "GET x", "G=T /x", ",GET /x", "GET /x y", "U_A;B", "U_É", strings.Repeat("x", 301)} {
		if p, err := ParsePattern(text); err == nil && text != "GET" {
			t.Errorf("ParsePattern(%q) = %q; want an error", text, p)
		}
	}
	for _, c := range []struct {
		pattern, text string
		want          bool
	}{
		{"", "", true}, {"*", "", true}, {"A*C", "ABBC", true}, {"A*C", "ABCD", false}, {"A?C", "ABC", true}, {"A?C", "AC", false},
		{"*A*B*", "XXAYYB", true}, {"**", "X", true}, {"A", "AB", false}, {"*AAB", strings.Repeat("A", 50) + "B", true},
	} {
		if got := glob.Match(c.pattern, c.text); got != c.want {
			t.Errorf("glob.Match(%q, %q) = %v", c.pattern, c.text, got)
		}
	}
}

func FuzzParsePattern(f *testing.F) {
	for _, text := range []string{"U_A*", "GET,PUT /api/*", "* /x", "\t/a?"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := ParsePattern(text)
		if err != nil {
			return
		}
		again, err := ParsePattern(p.String())
		if err != nil || again.String() != p.String() || again.glob != p.glob {
			t.Errorf("ParsePattern(%q) is %q, which is read as %q, %v", text, p, again, err)
		}
	})
}

func TestHours(t *testing.T) {
	t.Parallel()
	at := func(day, hour, minute int) time.Time { return time.Date(2026, 3, day, hour, minute, 30, 0, time.UTC) } // the 1st is a Sunday
	for _, c := range []struct {
		hours   string
		in, out []time.Time
	}{
		{"", []time.Time{at(1, 0, 0)}, nil},
		{"mon-fri 08:00-18:00, sat 08:00-12:00", []time.Time{at(2, 8, 0), at(6, 17, 59), at(7, 11, 59)}, []time.Time{at(2, 7, 59), at(6, 18, 0), at(7, 12, 0), at(1, 9, 0)}},
		{"Daily 22:00-06:00", []time.Time{at(1, 23, 0), at(1, 5, 59), at(7, 22, 0)}, []time.Time{at(1, 6, 0), at(1, 21, 59)}},
		{"sat 22:00-06:00", []time.Time{at(7, 23, 0), at(1, 5, 59), at(8, 0, 0)}, []time.Time{at(1, 6, 0), at(7, 5, 0), at(2, 5, 0)}},
		{"fri-mon 00:00-24:00", []time.Time{at(6, 0, 0), at(7, 12, 0), at(1, 12, 0), at(2, 23, 59)}, []time.Time{at(3, 0, 0), at(5, 23, 59)}},
	} {
		h, err := ParseHours(c.hours)
		ok(t, err)
		for _, x := range c.in {
			if !h.Contains(x) {
				t.Errorf("%q does not contain %v", c.hours, x)
			}
		}
		for _, x := range c.out {
			if h.Contains(x) {
				t.Errorf("%q contains %v", c.hours, x)
			}
		}
	}
	for _, text := range []string{
		"mon", "mon 8:00-18:00", "mon 08:00", "mon 08:00-08:00", "mon 08:60-09:00", "mon 24:00-01:00", "mon 08:00-24:01", "moon 08:00-09:00", "mon-x 08:00-09:00",
		"mon 08:00-09:00,", "mon tue 08:00-09:00", "mon +8:00-09:00", strings.Repeat("daily 08:00-09:00,", 8) + "mon 08:00-09:00",
	} {
		if _, err := ParseHours(text); err == nil {
			t.Errorf("ParseHours(%q) has no error", text)
		}
	}
}

func FuzzParseHours(f *testing.F) {
	f.Add("mon-fri 08:00-18:00, sat 22:00-24:00")
	f.Fuzz(func(t *testing.T, text string) {
		h, err := ParseHours(text)
		if err == nil && len(h.spans) > maxSpans {
			t.Errorf("%d spans", len(h.spans))
		}
		h.Contains(time.Unix(0, 0).UTC())
	})
}
