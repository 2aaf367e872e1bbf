package rest

import (
	"errors"
	"net/url"
	"strings"

	"appserver/internal/exchange"
)

// maxQuery is how many parameters a query may have.
const maxQuery = 1000

// parseQuery returns the parameters of a raw query in their order. Plus signs are blanks;
// semicolons mean nothing.
func parseQuery(raw string) ([]exchange.Pair, error) {
	if raw == "" {
		return nil, nil
	}
	if strings.Count(raw, "&") >= maxQuery {
		return nil, errors.New("it has too many parameters")
	}
	var list []exchange.Pair
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err != nil {
			return nil, errors.New("a percent sign begins no code")
		}
		if value, err = url.QueryUnescape(value); err != nil {
			return nil, errors.New("a percent sign begins no code")
		}
		list = append(list, exchange.Pair{Name: name, Value: value})
	}
	return list, nil
}
