// Command gendoc writes docs/configuration.md from the configuration's schema.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"slices"
	"strings"

	"appserver/internal/config"
)

//go:embed head.md
var head string

func main() {
	log.SetFlags(0)
	output := flag.String("o", "", "file to write (default: standard output)")
	flag.Parse()
	text := document(config.Keys())
	var err error
	if *output == "" {
		_, err = os.Stdout.Write(text)
	} else {
		err = os.WriteFile(*output, text, 0o644)
	}
	if err != nil {
		log.Fatal("gendoc: ", err)
	}
}

// document returns the whole page.
func document(keys []config.KeyInfo) []byte {
	var b bytes.Buffer
	b.WriteString(head)
	b.WriteString("\n## Keys that the server acts on\n\n" +
		"A change takes effect when the server reloads (`appserver reload`, SIGHUP) or, where the table says so, only when\n" +
		"it is restarted. Sections in angle brackets have names of your choice and are recognised by the keys that name them or\n" +
		"by what they hold: `<job>` is named by `[OnStart] Jobs`, `<RPC connection>` by `[RPC] Connections`, `<REST socket>` by\n" +
		"`[HTTPV11] Sockets`, `<REST URI>` by `URIs`, `<TLPP server>` by `[HTTPSERVER] Servers`, `<TLPP location>` by `Locations`,\n" +
		"`<TLPP thread pool>` by `ThreadPool`, `<TLPP user exits>` by `UserExits`, `<TLPP CORS>` by `CORS`; `<environment>` has one\n" +
		"of `SourcePath`, `StartPath`, `RpoCustom`, `RootPath` and some others.\n")
	for _, section := range sections(keys) {
		table(&b, section, keys)
	}
	b.WriteString("\n## Keys that are accepted but not used\n\n" +
		"`config check` lists them as notices. *Planned* keys ask for something that this version does not do;\n" +
		"*not used* ones have no meaning in this server. Sections in angle brackets have names of your choice and are\n" +
		"recognised by the keys that name them or by what they hold.\n\n" +
		"Of `[PROBAT]`, `tlpp.probat.run` and `tlpp.probat.export` use\n" +
		names(keys, "PROBAT", "used") + " ([testing.md](testing.md#settings)).\n" +
		"Programs may read every other key, but for secrets.\n\n" +
		"| Section | Planned | Not used |\n|---|---|---|\n")
	for _, section := range sections(keys) {
		planned, unused := names(keys, section, "planned"), names(keys, section, "not used")
		if planned != "" || unused != "" {
			fmt.Fprintf(&b, "| %s | %s | %s |\n", code(section), planned, unused)
		}
	}
	return b.Bytes()
}

func sections(keys []config.KeyInfo) []string {
	var list []string
	for _, k := range keys {
		if !slices.Contains(list, k.Section) {
			list = append(list, k.Section)
		}
	}
	return list
}

// table writes the keys of one section that are acted on, if there are any.
func table(w io.Writer, section string, keys []config.KeyInfo) {
	begun := false
	for _, k := range keys {
		if k.Section != section || k.Help == "" {
			continue
		}
		if !begun {
			fmt.Fprintf(w, "\n### %s\n\n| Key | Default | Allowed | Changed by | Meaning |\n|---|---|---|---|---|\n", heading(section))
			begun = true
		}
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s |\n", code(k.Key), code(k.Default), cell(k.Allowed), changedBy(k), cell(k.Help))
	}
}

// heading is the name of a section, or of a family as it is.
func heading(section string) string {
	if strings.HasPrefix(section, "<") {
		return code(section)
	}
	return "[" + section + "]"
}

func changedBy(k config.KeyInfo) string {
	switch {
	case k.Status != "used":
		return ""
	case k.Live:
		return "reload"
	}
	return "restart"
}

func names(keys []config.KeyInfo, section, status string) string {
	var list []string
	for _, k := range keys {
		if k.Section == section && k.Status == status && k.Help == "" {
			list = append(list, code(k.Key))
		}
	}
	return strings.Join(list, ", ")
}

func code(s string) string {
	if s == "" {
		return ""
	}
	return "`" + s + "`"
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(s) }
