// Command s3 is an S3 server that nobody here wrote (versitygw), over two folders and with one key. It judges whether requests are
// signed as S3 wants it, and does what they ask. It is a program and a module of its own, so that its dependencies are nobody else's.
//
//	s3 < CONFIG
//
// The configuration is an object of JSON: see config. The first line that it writes is its address, as soon as it answers there.
// Buckets are in the path (http://ADDRESS/BUCKET/KEY); GET /health needs no signature.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/versity/versitygw/backend/meta"
	"github.com/versity/versitygw/backend/posix"
	"github.com/versity/versitygw/embedgw"
)

// config is the server's configuration.
type config struct {
	Listen    string `json:"listen"` // with port 0: any free one
	Folder    string `json:"folder"` // an empty one
	AccessKey string `json:"access_key"`
	SecretKey string `json:"secret_key"`
	Region    string `json:"region"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "s3:", err)
		os.Exit(1)
	}
}

func run() error {
	var c config
	if err := json.NewDecoder(os.Stdin).Decode(&c); err != nil {
		return err
	}
	out := os.Stdout
	os.Stdout = os.Stderr // where the server says what it does
	address, err := freeAddress(c.Listen)
	if err != nil {
		return err
	}
	objects, properties := c.Folder+"/objects", c.Folder+"/properties"
	for _, folder := range []string{objects, properties} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
	}
	// Properties are files of their own, since not every file system has extended attributes.
	store, err := meta.NewSideCar(properties)
	if err != nil {
		return err
	}
	backend, err := posix.New(objects, store, posix.PosixOpts{SideCarDir: properties, Concurrency: 64, CopyObjectThreshold: 5 << 30})
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	go announce(ctx, out, address)
	return embedgw.RunVersityGW(ctx, backend, &embedgw.Config{
		RootUserAccess: c.AccessKey, RootUserSecret: c.SecretKey, Region: c.Region, Ports: []string{address},
		MaxConnections: 1024, MaxRequests: 512, MultipartMaxParts: 10000, HealthPath: "/health", KeepAlive: true, Quiet: true,
	})
}

// freeAddress chooses the port itself: the server takes no listener and would not say which port it got.
func freeAddress(listen string) (string, error) {
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// announce writes the address when the server answers.
func announce(ctx context.Context, out io.Writer, address string) {
	for ctx.Err() == nil {
		if response, err := http.Get("http://" + address + "/health"); err == nil {
			response.Body.Close()
			fmt.Fprintln(out, "http://"+address)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}
