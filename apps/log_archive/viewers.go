package main

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
)

// everything stands for all namespaces.
const everything = "*"

// groupsHeader has the groups of who asks, with commas between them; it counts beside the proxy's password alone.
// Each is written as asTold does.
const groupsHeader = "X-Forwarded-Groups"

// viewers says who sees which namespaces. The proxy in front of the pages has asked people who they are; it tells
// their name and proves itself by a password, as HTTP's basic authentication has it.
type viewers struct {
	password string
	seen     map[string][]string
	groups   map[string][]string // by asTold
}

type seenKey struct{}

// newViewers reads PAGE_VIEWERS (a JSON object: user -> namespaces), PAGE_GROUPS (the same: group -> namespaces) and
// PAGE_PASSWORD; nil where none is set, and then whoever reaches the pages sees all of them.
func newViewers() (*viewers, error) {
	users, groups, password := os.Getenv("PAGE_VIEWERS"), os.Getenv("PAGE_GROUPS"), os.Getenv("PAGE_PASSWORD")
	if users+groups == "" && password == "" {
		return nil, nil
	}
	if users+groups == "" || password == "" {
		return nil, errors.New("PAGE_PASSWORD goes with PAGE_VIEWERS or PAGE_GROUPS; set both or neither")
	}
	who := &viewers{password: password}
	if err := namespaces("PAGE_VIEWERS", users, &who.seen); err != nil {
		return nil, err
	}
	named := map[string][]string{}
	if err := namespaces("PAGE_GROUPS", groups, &named); err != nil {
		return nil, err
	}
	who.groups = make(map[string][]string, len(named))
	for group, seen := range named {
		who.groups[asTold(group)] = seen
	}
	return who, nil
}

// asTold is a group as the proxy writes it (components/services/login/config.py), in base64: plain, one that somebody
// named "any,admins" at the provider would be two.
func asTold(group string) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(group+":-"))
}

func namespaces(variable, written string, found *map[string][]string) error {
	if written == "" {
		return nil
	}
	if err := json.Unmarshal([]byte(written), found); err != nil {
		return fmt.Errorf("%s is no JSON object of names and their namespaces: %w", variable, err)
	}
	return nil
}

// sees lists the namespaces of a user and of the groups that the proxy says the user to be in.
func (who *viewers) sees(user string, groups []string) []string {
	found := slices.Clone(who.seen[user])
	for _, line := range groups {
		for group := range strings.SplitSeq(line, ",") {
			found = append(found, who.groups[group]...)
		}
	}
	return found
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
		seen := who.sees(user, request.Header.Values(groupsHeader))
		next.ServeHTTP(answer, request.WithContext(context.WithValue(request.Context(), seenKey{}, seen)))
	})
}

// maySee tells whether the viewer of a request sees a namespace.
func maySee(ctx context.Context, namespace string) bool {
	seen, limited := ctx.Value(seenKey{}).([]string)
	return !limited || slices.Contains(seen, everything) || slices.Contains(seen, namespace)
}
