package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"sync"

	provider "github.com/pulumi/pulumi-go-provider"
	"golang.org/x/crypto/ssh"
)

// run runs one command line on the connection's host and keeps what it printed. The error of a failed command names
// the command line and all its output; stdin is where secrets go, so it never appears.
func (c *CommandOutputs) run(ctx context.Context, commandLine string) error {
	client, err := c.Connection.dial(ctx)
	if err != nil {
		return err
	}
	defer client.Close()
	// A cancelled run must not wait for a command that never ends: closing the connection ends session.Run.
	defer context.AfterFunc(ctx, func() { client.Close() })()

	session, err := client.NewSession()
	if err != nil {
		return err
	}
	defer session.Close()
	if err := c.setEnvironment(ctx, session); err != nil {
		return err
	}
	if c.Stdin != nil && *c.Stdin != "" {
		session.Stdin = strings.NewReader(*c.Stdin)
	}

	// The session copies its two streams at the same time, so what both write to needs the lock.
	var stdout, stderr, both bytes.Buffer
	var lock sync.Mutex
	capture := func(own *bytes.Buffer, stream Logging) io.Writer {
		writers := []io.Writer{own, &both}
		if c.Logging.includes(stream) {
			writers = append(writers, &lineLogger{log: provider.GetLogger(ctx).InfoStatus})
		}
		return &lockedWriter{lock: &lock, out: io.MultiWriter(writers...)}
	}
	session.Stdout = capture(&stdout, logStdout)
	session.Stderr = capture(&stderr, logStderr)

	if err := session.Run(commandLine); err != nil {
		return fmt.Errorf("%w: running %q:\n%s", err, commandLine, both.String())
	}
	c.Stdout = strings.TrimSuffix(stdout.String(), "\n")
	c.Stderr = strings.TrimSuffix(stderr.String(), "\n")
	return nil
}

// setEnvironment asks the server for the variables. A refusal of one that the program gave is an error; a refusal of
// one that carries the previous output is a warning, as most servers refuse them.
func (c *CommandOutputs) setEnvironment(ctx context.Context, session *ssh.Session) error {
	if c.Environment != nil {
		for name, value := range *c.Environment {
			if err := session.Setenv(name, value); err != nil {
				return fmt.Errorf("the SSH server refused environment variable %q (see AcceptEnv in sshd_config): %w", name, err)
			}
		}
	}
	if c.AddPreviousOutputInEnv != nil && !*c.AddPreviousOutputInEnv {
		return nil
	}
	previous := map[string]string{"PULUMI_COMMAND_STDOUT": c.Stdout, "PULUMI_COMMAND_STDERR": c.Stderr}
	for name, value := range previous {
		if value == "" {
			continue
		}
		if err := session.Setenv(name, value); err != nil {
			provider.GetLogger(ctx).Warningf(
				"the SSH server refused %s; set addPreviousOutputInEnv to false or allow it by AcceptEnv", name)
		}
	}
	return nil
}

type lockedWriter struct {
	lock *sync.Mutex
	out  io.Writer
}

func (w *lockedWriter) Write(data []byte) (int, error) {
	w.lock.Lock()
	defer w.lock.Unlock()
	return w.out.Write(data)
}

// lineLogger passes on whole lines as they come; a last line without a newline is in the outputs only.
type lineLogger struct {
	log     func(string)
	partial []byte
}

func (l *lineLogger) Write(data []byte) (int, error) {
	l.partial = append(l.partial, data...)
	for {
		line, rest, found := bytes.Cut(l.partial, []byte("\n"))
		if !found {
			return len(data), nil
		}
		l.log(string(line))
		l.partial = rest
	}
}
