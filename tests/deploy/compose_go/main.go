// Reads with Compose's own library what our tests read by its documented rules:
//
//	go run . config FILE...    the merged, interpolated and validated project as JSON
//	go run . dotenv FILE       an env file as JSON
//
// Run by `make compose`; not part of `make test`, which needs no Go.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
)

func main() {
	found, err := read(os.Args[1], os.Args[2:])
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(found)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func read(what string, files []string) (any, error) {
	if what == "dotenv" {
		file, err := os.Open(files[0])
		if err != nil {
			return nil, err
		}
		return dotenv.Parse(file)
	}
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithName(os.Getenv("COMPOSE_PROJECT_NAME")))
	if err != nil {
		return nil, err
	}
	return options.LoadProject(context.Background())
}
