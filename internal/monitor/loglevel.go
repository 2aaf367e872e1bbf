package monitor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// logLevels are those that an administrator may choose.
var logLevels = []string{"debug", "info", "warn", "error"}

// logLevel is the body of requests and answers about the level.
type logLevel struct {
	Level string `json:"level"`
}

// getLogLevel serves GET /v1/log-level.
func (a *admin) getLogLevel(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, logLevel{a.LogLevel()})
}

// putLogLevel serves PUT /v1/log-level.
func (a *admin) putLogLevel(w http.ResponseWriter, r *http.Request) {
	wanted, err := readLogLevel(http.MaxBytesReader(w, r.Body, maxBody))
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &tooLong):
		writeError(w, http.StatusRequestEntityTooLarge, "the body is too long")
		return
	case err != nil:
		writeError(w, http.StatusBadRequest, err.Error())
		return
	}
	if err := a.SetLogLevel(wanted); err != nil {
		writeError(w, http.StatusInternalServerError, err.Error())
		return
	}
	writeJSON(w, http.StatusOK, logLevel{a.LogLevel()})
}

var errLogLevel = errors.New("a level is needed: " + strings.Join(logLevels, ", "))

// readLogLevel reads a logLevel and returns its level in lower case.
func readLogLevel(body io.Reader) (string, error) {
	b, err := io.ReadAll(body)
	if err != nil {
		return "", err
	}
	var wanted logLevel
	if err := json.Unmarshal(b, &wanted); err != nil {
		return "", fmt.Errorf(`the body must be like {"level":"info"}: %w`, err)
	}
	level := strings.ToLower(wanted.Level)
	if !slices.Contains(logLevels, level) {
		return "", errLogLevel
	}
	return level, nil
}
