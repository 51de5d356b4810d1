package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	provider "github.com/pulumi/pulumi-go-provider"
	"github.com/pulumi/pulumi-go-provider/infer"
	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"
)

// Endpoint is one SSH server and how to log in to it. Without HostKey any server is trusted, as with 1.2.1.
type Endpoint struct {
	User               *string  `pulumi:"user,optional"`
	Password           *string  `pulumi:"password,optional"`
	Host               *string  `pulumi:"host"`
	HostKey            *string  `pulumi:"hostKey,optional"`
	Port               *float64 `pulumi:"port,optional"`
	PrivateKey         *string  `pulumi:"privateKey,optional"`
	PrivateKeyPassword *string  `pulumi:"privateKeyPassword,optional"`
	AgentSocketPath    *string  `pulumi:"agentSocketPath,optional"`
	DialErrorLimit     *int     `pulumi:"dialErrorLimit,optional"`
	PerDialTimeout     *int     `pulumi:"perDialTimeout,optional"`
}

// Connection is the host that scripts run on, reached by way of a proxy where one is given.
type Connection struct {
	Endpoint
	Proxy *ProxyConnection `pulumi:"proxy,optional"`
}

// ProxyConnection is a bastion host.
type ProxyConnection struct{ Endpoint }

// Annotate names the type as programs know it.
func (c *Connection) Annotate(a infer.Annotator) { a.SetToken("remote", "Connection") }

// Annotate names the type as programs know it.
func (c *ProxyConnection) Annotate(a infer.Annotator) { a.SetToken("remote", "ProxyConnection") }

// Annotate sets the defaults that 1.2.1 has. A limit of -1 is none; a time-out is in seconds, 0 is none.
func (e *Endpoint) Annotate(a infer.Annotator) {
	a.SetDefault(&e.User, "root")
	a.SetDefault(&e.Port, 22)
	a.SetDefault(&e.DialErrorLimit, 10)
	a.SetDefault(&e.PerDialTimeout, 15)
}

func valueOr[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

func (e *Endpoint) address() string {
	return net.JoinHostPort(valueOr(e.Host, ""), strconv.Itoa(int(valueOr(e.Port, 22))))
}

// dial connects and logs in, first to the proxy where there is one. The proxy's connection ends with the plugin.
func (c *Connection) dial(ctx context.Context) (*ssh.Client, error) {
	config, err := c.clientConfig()
	if err != nil {
		return nil, err
	}
	connect := func() (*ssh.Client, error) { return ssh.Dial("tcp", c.address(), config) }
	if c.Proxy != nil {
		proxyConfig, err := c.Proxy.clientConfig()
		if err != nil {
			return nil, err
		}
		proxy, err := c.Proxy.retry(ctx, func() (*ssh.Client, error) {
			return ssh.Dial("tcp", c.Proxy.address(), proxyConfig)
		})
		if err != nil {
			return nil, fmt.Errorf("proxy: %w", err)
		}
		connect = func() (*ssh.Client, error) { return through(proxy, c.address(), config) }
	}
	return c.retry(ctx, connect)
}

func through(proxy *ssh.Client, address string, config *ssh.ClientConfig) (*ssh.Client, error) {
	conn, err := proxy.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	target, channels, requests, err := ssh.NewClientConn(conn, address, config)
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(target, channels, requests), nil
}

// retry tries once more than DialErrorLimit says, after 100 ms at first and up to 5 s later on. Every failure counts
// the same, a wrong host key or a refused login too.
func (e *Endpoint) retry(ctx context.Context, connect func() (*ssh.Client, error)) (*ssh.Client, error) {
	limit, delay := valueOr(e.DialErrorLimit, 10), 100*time.Millisecond
	for failed := 0; ; failed++ {
		client, err := connect()
		if err == nil {
			return client, nil
		}
		if limit >= 0 && failed >= limit {
			return nil, fmt.Errorf("after %d failed attempts: %w", failed, err)
		}
		provider.GetLogger(ctx).InfoStatusf("dial %d failed, trying again: %s", failed+1, err)
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(delay):
			delay = min(delay*3/2, 5*time.Second)
		}
	}
}

func (e *Endpoint) clientConfig() (*ssh.ClientConfig, error) {
	config := &ssh.ClientConfig{
		User:            valueOr(e.User, "root"),
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         time.Duration(valueOr(e.PerDialTimeout, 15)) * time.Second,
	}
	if e.HostKey != nil {
		key, _, _, _, err := ssh.ParseAuthorizedKey([]byte(*e.HostKey))
		if err != nil {
			return nil, fmt.Errorf("hostKey is not a public key line such as \"ssh-ed25519 AAAA...\": %w", err)
		}
		config.HostKeyCallback = ssh.FixedHostKey(key)
		// The server must offer the key that is expected, not another one that it has too.
		config.HostKeyAlgorithms = []string{key.Type()}
	}
	var err error
	config.Auth, err = e.authMethods()
	return config, err
}

// authMethods are the private key, the password and the agent, in this order. An agent's socket that is named but
// can't be reached is an error even when there is a key.
func (e *Endpoint) authMethods() ([]ssh.AuthMethod, error) {
	var methods []ssh.AuthMethod
	if e.PrivateKey != nil {
		signer, err := e.signer()
		if err != nil {
			return nil, fmt.Errorf("privateKey: %w", err)
		}
		methods = append(methods, ssh.PublicKeys(signer))
	}
	if e.Password != nil {
		answer := func(_, _ string, questions []string, _ []bool) ([]string, error) {
			answers := make([]string, len(questions))
			for i := range answers {
				answers[i] = *e.Password
			}
			return answers, nil
		}
		methods = append(methods, ssh.Password(*e.Password), ssh.KeyboardInteractive(answer))
	}
	if socket := valueOr(e.AgentSocketPath, os.Getenv("SSH_AUTH_SOCK")); socket != "" {
		conn, err := net.Dial("unix", socket)
		if err != nil {
			return nil, fmt.Errorf("ssh agent: %w", err)
		}
		methods = append(methods, ssh.PublicKeysCallback(agent.NewClient(conn).Signers))
	}
	return methods, nil
}

func (e *Endpoint) signer() (ssh.Signer, error) {
	if e.PrivateKeyPassword != nil {
		return ssh.ParsePrivateKeyWithPassphrase([]byte(*e.PrivateKey), []byte(*e.PrivateKeyPassword))
	}
	return ssh.ParsePrivateKey([]byte(*e.PrivateKey))
}
