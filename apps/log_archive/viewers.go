package main

import (
	"context"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
)

// everything stands for all namespaces.
const everything = "*"

// viewers says who sees which namespaces. The proxy in front of the pages has asked people who they are; it tells
// their name and proves itself by a password, as HTTP's basic authentication has it.
type viewers struct {
	password string
	seen     map[string][]string
}

type seenKey struct{}

// newViewers reads PAGE_VIEWERS (a JSON object: user -> namespaces) and PAGE_PASSWORD; nil where neither is set, and
// then whoever reaches the pages sees all of them.
func newViewers() (*viewers, error) {
	written, password := os.Getenv("PAGE_VIEWERS"), os.Getenv("PAGE_PASSWORD")
	if written == "" && password == "" {
		return nil, nil
	}
	if written == "" || password == "" {
		return nil, errors.New("of PAGE_VIEWERS and PAGE_PASSWORD only one is set; set both or neither")
	}
	who := &viewers{password: password}
	if err := json.Unmarshal([]byte(written), &who.seen); err != nil {
		return nil, fmt.Errorf("PAGE_VIEWERS is no JSON object of users and their namespaces: %w", err)
	}
	return who, nil
}

// only lets the proxy through, and notes what its user may see.
func (who *viewers) only(next http.Handler) http.Handler {
	if who == nil {
		return next
	}
	return http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		user, password, given := request.BasicAuth()
		if !given || subtle.ConstantTimeCompare([]byte(password), []byte(who.password)) != 1 {
			http.Error(answer, "This page is opened by the address with the login.", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(answer, request.WithContext(context.WithValue(request.Context(), seenKey{}, who.seen[user])))
	})
}

// maySee tells whether the viewer of a request sees a namespace.
func maySee(ctx context.Context, namespace string) bool {
	seen, limited := ctx.Value(seenKey{}).([]string)
	return !limited || slices.Contains(seen, everything) || slices.Contains(seen, namespace)
}
