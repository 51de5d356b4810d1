// Command pulumi-resource-command is a stand-in for the official Pulumi Command provider, version 1.2.1, and serves one
// resource of it: command:remote:Command.
//
// It exists because the official plugin is published where package registries don't reach, and the lab has to run on a
// machine that reaches nothing else. tools/run.sh builds it into the tool cache and the lab links it into a PULUMI_HOME
// of its own; it never goes into a user's. Where the official plugin is installed already, or can be downloaded, that
// one is used and this one isn't built. Nothing else in the program can tell which of the two runs, and
// tests/lab/command-plugin.test.ts holds both to one table of cases.
//
// Contract, as observed of 1.2.1:
//
//   - Any changed input is an update, which runs update, or else create, with the new connection and stdin. A changed
//     element of triggers is a replacement, by way of replaceOnChanges in the SDK; triggers added or removed as a whole
//     is one by way of the schema.
//   - delete, its connection, stdin and environment come from the state, never from the new program.
//   - A script that exits non-zero is an error that carries the command line and all it printed, never its stdin.
//   - Preview dials nothing and leaves stdout and stderr unknown when an input changed.
//   - There is no read: refresh returns the state unchanged.
//   - A connection is one secret. stdout and stderr are secret only where the program says so.
//
// Not served: command:local:*, the file copies, invokes. A program that asks for them gets the engine's own error.
//
// It differs from 1.2.1 in three ways that no program should rely on: lines longer than 64 KiB don't block live
// logging, a connection is closed when its script has ended, and a command that a cancelled run waits for ends with it.
package main

import (
	"context"
	"fmt"
	"os"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"github.com/pulumi/pulumi-go-provider/middleware/schema"
)

func main() {
	command := infer.Provider(infer.Options{
		Metadata: schema.Metadata{
			DisplayName: "Command (stand-in)",
			Description: "Serves command:remote:Command in a lab without the official plugin.",
		},
		Resources: []infer.InferredResource{infer.Resource(&Command{})},
	})
	if err := provider.RunProvider(context.Background(), "command", "1.2.1", command); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
