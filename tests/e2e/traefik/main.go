// Traefik prints the file of the Traefik that the end-to-end tests use, and builds it if need be, which takes minutes.
package main

import (
	"fmt"
	"os"
	"time"

	"github.com/vendorsign/vendorsign/tests/traefikbin"
)

func main() {
	start := time.Now()
	go func() {
		for range time.Tick(30 * time.Second) {
			fmt.Fprintf(os.Stderr, "still building Traefik, %v by now\n", time.Since(start).Round(time.Second))
		}
	}()
	path, err := traefikbin.Path(os.Stderr)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(path)
}
