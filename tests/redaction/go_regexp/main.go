// Tries expressions on lines as Alloy's stage.replace does: only what groups capture is replaced.
//
//	go run . < {"expressions": […], "lines": […]}    prints the lines afterwards, as JSON
//
// Run by `make redaction`; not part of `make test`, which needs no Go.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

type task struct {
	Expressions []string
	Lines       []string
}

func main() {
	var given task
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, text := range given.Expressions {
		expression := regexp.MustCompile(text)
		for at, line := range given.Lines {
			given.Lines[at] = replaced(expression, line)
		}
	}
	json.NewEncoder(os.Stdout).Encode(given.Lines)
}

func replaced(expression *regexp.Regexp, line string) string {
	done, end := "", 0
	for _, match := range expression.FindAllStringSubmatchIndex(line, -1) {
		for group := 2; group < len(match); group += 2 {
			if match[group] >= 0 && (end == 0 || end <= match[group]) {
				done += line[end:match[group]] + "[REDACTED]"
				end = match[group+1]
			}
		}
	}
	return done + line[end:]
}
