// Command gendoc writes docs/bytecode.md from the table of operations.
package main

import (
	"bytes"
	_ "embed"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"

	"appserver/internal/advpl/code"
)

//go:embed head.md
var head string

func main() {
	log.SetFlags(0)
	output := flag.String("o", "", "file to write (default: standard output)")
	flag.Parse()
	var err error
	if *output == "" {
		_, err = os.Stdout.Write(document())
	} else {
		err = os.WriteFile(*output, document(), 0o644)
	}
	if err != nil {
		log.Fatal("gendoc: ", err)
	}
}

// document returns the whole page.
func document() []byte {
	var b bytes.Buffer
	b.WriteString(head)
	for _, g := range code.Groups() {
		fmt.Fprintf(&b, "\n### %s\n\n| Operation | Operands | Reads | Writes | Effect |\n|---|---|---|---|---|\n", g.Title)
		for op := g.First; op <= g.Last; op++ {
			info := op.Info()
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s | %s |\n",
				info.Name, info.Form(), registers(info, reads), registers(info, writes), cell(info.Effect))
		}
	}
	return b.Bytes()
}

// registers lists the registers that an operation uses as select says.
func registers(info code.Info, uses func(o code.Operand, name, next string) string) string {
	var list []string
	for _, use := range []string{uses(info.A, "A", "B"), uses(info.B, "B", "C"), uses(info.C, "C", "")} {
		if use != "" {
			list = append(list, use)
		}
	}
	return strings.Join(list, ", ")
}

// reads names the registers that the operand makes the operation read.
func reads(o code.Operand, name, next string) string {
	switch o {
	case code.Read, code.Update:
		return name
	case code.Triple:
		return name + " … " + name + "+2"
	case code.Source:
		return name + " … " + name + "+" + next + "-1"
	case code.Window:
		return name + " … " + name + "+" + next
	}
	return ""
}

// writes names the registers that the operand makes the operation write.
func writes(o code.Operand, name, next string) string {
	switch o {
	case code.Write, code.Update:
		return name
	case code.Triple:
		return name + " … " + name + "+2"
	case code.Target:
		return name + " … " + name + "+" + next + "-1"
	case code.Window:
		return name + " …"
	}
	return ""
}

func cell(s string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;", "*", `\*`).Replace(s) }
