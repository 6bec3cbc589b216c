// Command log-archive looks after the logs that the log collector stored: it shows them, and deletes old ones.
//
//	log-archive serve --listen :8080    pages with the logs of every run, and a search in those of one
//	log-archive clean --days 30         deletes what was stored longer ago, and ends
//
// The environment says where they are: LOGS_BUCKET, LOGS_PREFIX, AWS_REGION, and LOGS_ENDPOINT for an S3 server
// that is not AWS. Keys are taken from the environment or from the cloud's pod identity. PAGE_VIEWERS, PAGE_GROUPS,
// PAGE_PASSWORD and PAGE_PATH are for a login in front of the pages: see viewers.go.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Bounds of a request's beginning; its answer may take as long as a large log takes.
const (
	headerTime = 10 * time.Second
	idleTime   = 2 * time.Minute
	endTime    = 20 * time.Second
)

// version is stamped by the build.
var version = "unknown"

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		log.Fatalf("log-archive: %v", err)
	}
}

func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return errors.New("no command; write serve, clean or version")
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	listen := flags.String("listen", ":8080", "address that the pages are served at")
	days := flags.Int("days", 0, "days that logs are kept")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	if arguments[0] == "version" {
		fmt.Println(version)
		return nil
	}
	stored, err := newStore(ctx)
	if err != nil {
		return err
	}
	switch arguments[0] {
	case "serve":
		who, err := newViewers()
		if err != nil {
			return err
		}
		return serve(ctx, *listen, newPages(stored, os.Getenv("PAGE_PATH"), who))
	case "clean":
		return clean(ctx, stored, *days, time.Now())
	}
	return fmt.Errorf("no command %q; write serve, clean or version", arguments[0])
}

func serve(ctx context.Context, address string, pages http.Handler) error {
	server := &http.Server{
		Addr: address, Handler: pages, ReadHeaderTimeout: headerTime, IdleTimeout: idleTime,
	}
	ended := make(chan error, 1)
	go func() {
		<-ctx.Done()
		last, cancel := context.WithTimeout(context.Background(), endTime)
		defer cancel()
		ended <- server.Shutdown(last)
	}()
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
}
