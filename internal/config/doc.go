// Package config reads appserver.ini: it turns the text into typed settings and
// reports every fault with its file and line.
//
// Reading has four steps, each in its own file:
//
//   - decode: bytes to UTF-8 text (byte order mark, Windows-1252, UTF-16 refused);
//   - scan: text to headers and keys with line numbers, comments and quotes
//     taken off, duplicates found;
//   - parse: gopkg.in/ini.v1 reads the normalised text and merges sections;
//   - override: environment variables, then the command line.
//
// After that the schema (schema.go) says what each key means, what it may hold
// and what it is if absent. The reader is forgiving where the files of the world
// are not tidy, and says so in a Finding; a value that cannot be honoured is a
// Finding of severity Error, never a silent default.
//
// The dialect is that of AdvPL application servers: sections and keys are
// case-insensitive, the first of two equal keys counts, values have no escapes,
// no continuation lines and no expansion. docs/configuration.md tells operators.
package config

//go:generate go run ./gendoc -o ../../docs/configuration.md
