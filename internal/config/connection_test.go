package config

import (
	"path/filepath"
	"testing"
)

func TestConnections(t *testing.T) {
	c := load(t, "[RPC]\nConnections=ERP, shop,ERP\n"+
		"[Erp]\nServer=erp.example\nPort=5012\nSecureConnection=1\nToken=\"a b\"\n"+
		"[Shop]\nServer=10.0.0.7\nPort=6012\nTokenFile=keys\\shop\n", Options{})
	if err := c.Err(); err != nil {
		t.Fatal(err)
	}
	if len(c.Connections) != 2 {
		t.Fatalf("%d connections; want 2", len(c.Connections))
	}
	erp, shop := c.Connections[0], c.Connections[1]
	if erp.Name != "Erp" || erp.Server != "erp.example" || erp.Port != 5012 || erp.Secure == nil || !*erp.Secure || erp.Token != "a b" {
		t.Errorf("[Erp] = %+v", erp)
	}
	if shop.Secure != nil || shop.Token != "" || shop.TokenFile != filepath.Join(c.Dir, "keys", "shop") {
		t.Errorf("[Shop] = %+v", shop)
	}
	for _, m := range []struct {
		server string
		port   int
		want   bool
	}{{"ERP.Example", 5012, true}, {"erp.example", 5013, false}, {"erp", 5012, false}} {
		if got := erp.Matches(m.server, m.port); got != m.want {
			t.Errorf("Matches(%s, %d) = %v; want %v", m.server, m.port, got, m.want)
		}
	}
}

// An address of IPv6 may be in brackets, as in a URL.
func TestConnectionBrackets(t *testing.T) {
	c := load(t, "[RPC]\nConnections=A\n[A]\nServer=[2001:db8::1]\nPort=1\n", Options{})
	if len(c.Connections) != 1 || !c.Connections[0].Matches("2001:DB8::1", 1) {
		t.Errorf("connections %+v; want one to 2001:db8::1", c.Connections)
	}
}

func TestConnectionFindings(t *testing.T) {
	const good = "Server=a\nPort=1\n"
	for _, tt := range []struct {
		text  string
		want  []string
		count int // of connections in effect
	}{
		{"[RPC]\nConnections=A\n[A]\n" + good, nil, 1},
		{"[RPC]\nConnections=A\n", []string{`2 error: there is no section [A]; add the section, or name one that exists`}, 0},
		{"[RPC]\nConnections=ERB\n[ERP]\n" + good, []string{`2 error: there is no section [ERB]; did you mean [ERP]?`, "3 warning: unknown section"}, 0},
		{"[RPC]\nConnections=A\n[A]\nServer=a\n", []string{"3 error: it does not say which server the connection is to"}, 0},
		{"[RPC]\nConnections=A\n[A]\nPort=1\n", []string{"3 error: it does not say which server the connection is to"}, 0},
		{"[RPC]\nConnections=A\n[A]\nServer=a\nPort=0\n", []string{"5 error: the value is out of range; allowed: 1 to 65535"}, 0},
		{"[RPC]\nConnections=A\n[A]\n" + good + "SecureConnection=maybe\n", []string{"6 error: the value is not a switch"}, 0},
		{"[RPC]\nConnections=A\n[A]\n" + good + "Token=x\nTokenFile=y\n", []string{"7 error: there is a Token too; keep one of both"}, 1},
		{"[RPC]\nConnections=A\n[A]\n" + good + "Token=x\nSecureConnection=0\n", []string{"7 warning: the token crosses the network"}, 1},
		{"[RPC]\nConnections=A,B\n[A]\n" + good + "[B]\nServer=A\nPort=1\n", []string{"7 warning: [A] is about the same server and port"}, 2},
	} {
		c := load(t, tt.text, Options{})
		if len(c.Connections) != tt.count {
			t.Errorf("%q: %d connections; want %d", tt.text, len(c.Connections), tt.count)
		}
		t.Run("", func(t *testing.T) { checkFindings(t, c, tt.want) })
	}
}
