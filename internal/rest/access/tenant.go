package access

import (
	"net/http"
	"strings"
	"unicode"
)

const (
	// maxTenant bounds the header tenantId, in bytes.
	maxTenant = 64
	// maxTenantPart bounds the code of a company, and that of a branch.
	maxTenantPart = 32
)

// Tenant returns the header tenantId as "company,branch", or "company" alone: the codes are
// as they were sent, blanks within them included, but without those around them. It is "" if there is
// no such header, or it is empty. The error is a *Refusal.
func Tenant(h http.Header) (string, error) {
	lines := h.Values("Tenantid")
	switch {
	case len(lines) == 0:
		return "", nil
	case len(lines) > 1:
		return "", badTenant("There is more than one header tenantId.")
	case len(lines[0]) > maxTenant:
		return "", badTenant("The header tenantId is too long.")
	}
	parts := strings.Split(lines[0], ",")
	if len(parts) > 2 {
		return "", badTenant("The header tenantId must be like 99,01: a company and a branch.")
	}
	for i, p := range parts {
		if parts[i] = strings.TrimSpace(Text([]byte(p))); !tenantPart(parts[i]) {
			return "", badTenant("The header tenantId must be like 99,01: a company and a branch, of letters, digits, blanks and -._/.")
		}
	}
	tenant := strings.Join(parts, ",")
	if tenant == "," {
		return "", badTenant("The header tenantId must be like 99,01: a company and a branch.")
	}
	return strings.TrimSuffix(tenant, ","), nil
}

// tenantPart tells whether text can be the code of a company or a branch.
func tenantPart(text string) bool {
	return len(text) <= maxTenantPart && !strings.ContainsFunc(text, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(" -._/", r)
	})
}

func badTenant(detail string) error {
	return &Refusal{Status: http.StatusBadRequest, Detail: detail, Result: resultMalformed}
}
