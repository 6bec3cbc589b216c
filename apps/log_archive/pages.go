package main

import (
	"context"
	_ "embed"
	"html/template"
	"log"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Names of the two pages of a pod: its own log, and that of the driver of its run.
const (
	ownLog    = "log"
	driverLog = "driver"
)

// driverContainer is the name that Spark gives to the driver's container.
const driverContainer = "spark-kubernetes-driver"

//go:embed pages.html
var markup string

var (
	pages = template.Must(template.New("pages").Parse(markup))
	// Parts of a key as the collector writes them; nothing else is ever asked of the store.
	part = regexp.MustCompile(`^[A-Za-z0-9_-][A-Za-z0-9._-]*$`)
	// Name that an application was submitted by, in the names of its pods; the collector's configuration reads it
	// in the same way.
	submitted = regexp.MustCompile(`^(.+?)(?:-[0-9a-f]{16})?-(?:driver|exec-[0-9]+)$`)
	// What each level of a path is, for the heading of the list of what is below it.
	below = []string{"Namespaces", "Applications", "Runs"}
)

type handler struct {
	stored *store
	// base is the path that browsers see the pages at, without a slash at its end; empty for none.
	base string
}

// row is a line of a page: a link, and what is known of what it leads to.
type row struct {
	Name, Link string
	Size       int64
	Time       time.Time
}

// view is what a page shows.
type view struct {
	Title string
	Path  []row
	Rows  []row
	// Folder is the page of the run, where it can be searched; empty elsewhere.
	Folder string
	// Search is what a search gave; nil on other pages.
	Search *found
}

func newPages(stored *store, base string, who *viewers) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /-/healthy", func(http.ResponseWriter, *http.Request) {})
	mux.Handle("GET /", who.only(&handler{stored: stored, base: base}))
	return mux
}

func (made *handler) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	header := answer.Header()
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; "+
		"frame-ancestors 'none'")
	// A log is text, whatever a job prints.
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-store")
	parts, valid := split(request.URL.Path)
	// What a viewer may not see is told from what is not there by nothing.
	if !valid || (len(parts) > 0 && !maySee(request.Context(), parts[0])) {
		http.NotFound(answer, request)
		return
	}
	var err error
	switch len(parts) {
	case 0, 1, 2:
		err = made.list(request.Context(), answer, parts)
	case 3:
		if text := strings.TrimSpace(request.URL.Query().Get("text")); text != "" {
			err = made.search(answer, request, parts, text)
		} else {
			err = made.run(request.Context(), answer, parts)
		}
	case 4:
		// The link of an executor that no SparkApplication made: it can't tell the name of its application.
		if found := submitted.FindStringSubmatch(parts[2]); found != nil {
			err = made.pod(answer, request, slices.Insert(parts, 1, found[1]))
		} else {
			http.NotFound(answer, request)
		}
	case 5:
		err = made.pod(answer, request, parts)
	default:
		http.NotFound(answer, request)
	}
	if err != nil {
		log.Printf("%s: %v", request.URL.Path, err)
		http.Error(answer, "The object store did not answer as it should; the log of this page's pod says why.",
			http.StatusBadGateway)
	}
}

func split(path string) ([]string, bool) {
	trimmed := strings.Trim(path, "/")
	if trimmed == "" {
		return nil, true
	}
	parts := strings.Split(trimmed, "/")
	return parts, !slices.ContainsFunc(parts, func(each string) bool { return !part.MatchString(each) })
}

// list shows what is below a namespace or an application; runs with the newest first.
func (made *handler) list(ctx context.Context, answer http.ResponseWriter, parts []string) error {
	folder := folderOf(parts)
	names, err := made.stored.folders(ctx, folder)
	if err != nil {
		return err
	}
	rows := make([]row, 0, len(names))
	for _, name := range names {
		if len(parts) == 0 && !maySee(ctx, name) {
			continue
		}
		one := row{Name: name, Link: made.base + "/" + folder + name + "/"}
		if len(parts) == len(below)-1 {
			first, err := made.stored.first(ctx, folder+name+"/")
			if err != nil {
				return err
			}
			if first != nil {
				one.Time = first.modified.UTC()
			}
		}
		rows = append(rows, one)
	}
	slices.SortStableFunc(rows, func(a, b row) int { return b.Time.Compare(a.Time) })
	return show(answer, view{Title: below[len(parts)], Path: made.crumbs(parts), Rows: rows})
}

// run shows the pods of a run, its driver first.
func (made *handler) run(ctx context.Context, answer http.ResponseWriter, parts []string) error {
	folder := folderOf(parts)
	found, err := made.stored.objects(ctx, folder)
	if err != nil {
		return err
	}
	var rows []row
	driver := -1
	for _, one := range found {
		pod, container, valid := place(one.key, folder)
		if !valid {
			continue
		}
		if len(rows) == 0 || rows[len(rows)-1].Name != pod {
			rows = append(rows, row{Name: pod, Link: made.base + "/" + folder + pod + "/" + ownLog})
		}
		last := len(rows) - 1
		rows[last].Size += one.size
		rows[last].Time = one.modified.UTC()
		if container == driverContainer {
			driver = last
		}
	}
	if driver > 0 {
		first := rows[driver]
		rows = slices.Insert(slices.Delete(rows, driver, driver+1), 0, first)
	}
	shown := view{Title: "Pods", Path: made.crumbs(parts), Rows: rows}
	if len(rows) > 0 {
		shown.Folder = made.base + "/" + folder
	}
	return show(answer, shown)
}

// pod writes the whole log of one pod, or leads to that of its driver.
func (made *handler) pod(answer http.ResponseWriter, request *http.Request, parts []string) error {
	ctx, file := request.Context(), parts[4]
	folder := folderOf(parts[:3])
	if file == ownLog {
		folder = folderOf(parts[:4])
	} else if file != driverLog {
		http.NotFound(answer, request)
		return nil
	}
	found, err := made.stored.objects(ctx, folder)
	if err != nil {
		return err
	}
	if file == driverLog {
		for _, one := range found {
			if pod, container, valid := place(one.key, folder); valid && container == driverContainer {
				http.Redirect(answer, request, made.base+"/"+folder+pod+"/"+ownLog, http.StatusFound)
				return nil
			}
		}
	}
	if len(found) == 0 || file == driverLog {
		http.Error(answer, "Nothing is stored for this pod: it wrote no line, its lines are not stored yet, which "+
			"takes some seconds, or they are past their time and were deleted.", http.StatusNotFound)
		return nil
	}
	answer.Header().Set("Content-Type", "text/plain; charset=utf-8")
	for _, one := range found {
		if err := made.stored.copyTo(ctx, answer, one.key); err != nil {
			// A status was sent; only a broken connection tells the reader that lines are missing.
			log.Printf("%s: %v", one.key, err)
			panic(http.ErrAbortHandler)
		}
	}
	return nil
}

// place finds pod and container in the key of an object below a run's folder.
func place(key, folder string) (pod, container string, valid bool) {
	parts := strings.Split(strings.TrimPrefix(key, folder), "/")
	if len(parts) != 3 {
		return "", "", false
	}
	return parts[0], parts[1], true
}

func folderOf(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return path.Join(parts...) + "/"
}

func (made *handler) crumbs(parts []string) []row {
	rows := []row{{Name: "logs", Link: made.base + "/"}}
	for at, name := range parts {
		rows = append(rows, row{Name: name, Link: made.base + "/" + folderOf(parts[:at+1])})
	}
	return rows
}

func show(answer http.ResponseWriter, shown view) error {
	answer.Header().Set("Content-Type", "text/html; charset=utf-8")
	return pages.Execute(answer, shown)
}
