package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Bounds of a search: it reads every object of a run anew, and nothing of it is kept.
const (
	// searchBytes is the text that is read, unpacked: some seconds of one core.
	searchBytes = 256 << 20
	// searchTime is what a person and the proxy in front wait for.
	searchTime = 20 * time.Second
	// searchesAtOnce is how many go on at a time; each holds some hundred kilobytes.
	searchesAtOnce = 2
	// shownHits are shown of all that are counted.
	shownHits = 100
	// around is the lines that are shown before and after a hit.
	around = 2
	// longestTrace is the lines that are shown before or after a hit that a trace has, of the trace.
	longestTrace = 80
	// traceLines is the lines of traces that all hits show together: what a run throws again and again is shown
	// whole until then, and with two lines around it after that.
	traceLines = 2000
	// longestLine is what is read at a time; a longer line is searched in pieces of it.
	longestLine = 64 << 10
	// shownLine is the bytes of a line that are shown, the hit among them.
	shownLine = 400
	// longestText is the bytes of what is searched for.
	longestText = 200
)

// hit is a line that has the text, with its neighbours.
type hit struct {
	Pod, Link string
	Line      int
	Before    []string
	Text      string
	After     []string
}

// found is what a search gave, and what it did not look at.
type found struct {
	Text string
	// Hits counts all lines, of which Shown has the first.
	Hits  int
	Shown []hit
	Bytes int64
	// Stopped says why it ended early; Left and Partly are the pods that were not looked at, or not to their end.
	Stopped  string
	Left     []string
	Partly   string
	Unread   []string
	Searched int
}

// raised is how Python ends a trace; what the JVM throws begins like it.
var raised = regexp.MustCompile(`^[\w.]+(Error|Exception|Warning|Interrupt|Exit)\b`)

// traceback is how Python begins a trace; Spark writes its own exception before it on the same line.
const traceback = "Traceback (most recent call last)"

// links stand between the traces of one failure, with an empty line before each: the first in the JVM's frames when
// Spark aborts a job, the others before the next traceback of Python's.
var links = []string{
	"Driver stacktrace:",
	"During handling of the above exception, another exception occurred:",
	"The above exception was the direct cause of the following exception:",
}

var (
	errBytes = errors.New("it has read as much as one search may")
	running  = make(chan struct{}, searchesAtOnce)
)

// search answers a run's page with the lines that have a text, and says of what it has not read.
func (made *handler) search(answer http.ResponseWriter, request *http.Request, parts []string, text string) error {
	if len(text) > longestText || !utf8.ValidString(text) {
		http.Error(answer, fmt.Sprintf("What is searched for has %d bytes; write %d or fewer.", len(text), longestText),
			http.StatusBadRequest)
		return nil
	}
	select {
	case running <- struct{}{}:
		defer func() { <-running }()
	default:
		answer.Header().Set("Retry-After", "10")
		http.Error(answer, fmt.Sprintf("%d searches go on, which is as many as may; try again in some seconds.",
			searchesAtOnce), http.StatusServiceUnavailable)
		return nil
	}
	folder := folderOf(parts)
	stored, err := made.stored.objects(request.Context(), folder)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(request.Context(), searchTime)
	defer cancel()
	looked := made.look(ctx, driverFirst(stored, folder), folder, text)
	if request.Context().Err() != nil {
		return nil // nobody waits for it any more
	}
	return show(answer, view{Title: "Search", Path: made.crumbs(parts), Folder: made.base + "/" + folder, Search: looked})
}

// driverFirst puts the driver's objects before all others, which keep their order.
func driverFirst(all []object, folder string) []object {
	sorted := slices.Clone(all)
	slices.SortStableFunc(sorted, func(a, b object) int { return rank(a, folder) - rank(b, folder) })
	return sorted
}

func rank(one object, folder string) int {
	if _, container, _ := place(one.key, folder); container == driverContainer {
		return 0
	}
	return 1
}

func (made *handler) look(ctx context.Context, all []object, folder, text string) *found {
	looked := &found{Text: text}
	reader := &lines{wanted: bytes.ToLower([]byte(text)), budget: searchBytes, into: looked}
	for _, one := range all {
		pod, _, valid := place(one.key, folder)
		if !valid {
			continue
		}
		if looked.Stopped != "" {
			if pod != looked.Partly && !slices.Contains(looked.Left, pod) {
				looked.Left = append(looked.Left, pod)
			}
			continue
		}
		if pod != reader.pod {
			looked.Searched++
			reader.begin(pod, made.base+"/"+folder+pod+"/"+ownLog)
		}
		err := made.stored.unpack(ctx, one.key, reader.from)
		switch {
		case err == nil:
		case errors.Is(err, errBytes), ctx.Err() != nil:
			looked.Partly, looked.Stopped = pod, errBytes.Error()
			if ctx.Err() != nil {
				looked.Stopped = fmt.Sprintf("it has taken %s", searchTime)
			}
		case !slices.Contains(looked.Unread, pod):
			looked.Unread = append(looked.Unread, pod)
		}
	}
	looked.Bytes = searchBytes - reader.budget
	return looked
}

// lines looks at the lines of one pod after the other; no more than a few are held.
type lines struct {
	wanted []byte
	budget int64
	into   *found

	pod, link string
	number    int
	inside    bool
	before    []string
	// follows is how many of the last lines belong to one trace, without its first.
	follows int
	// raises tells that a trace of Python's has begun, and its last line is to come; ends that it was the line before.
	raises, ends bool
	// blank tells that the line before was an empty one behind a trace, linked that the last line with text was a link.
	blank, linked bool
	// open are hits that still get lines behind them.
	open []open
	// traces is the lines beyond those around a hit that were shown so far.
	traces int
}

// open is a hit that still gets lines behind it.
type open struct {
	// place in into.Shown.
	place int
	// whole tells that all lines since the hit belong to its trace.
	whole bool
}

func (at *lines) begin(pod, link string) {
	at.pod, at.link, at.number, at.inside, at.before, at.follows, at.open = pod, link, 0, false, nil, 0, nil
	at.raises, at.ends, at.blank, at.linked = false, false, false, false
}

// goesOn tells whether a line belongs to the trace that the line before it is of: the frames that the JVM and Python
// indent, the causes that the JVM names between them, the last line of Python's, the JVM's own that Py4J puts behind
// it, and links. An empty line does for the time being: what comes behind it says whether it lay between two parts.
func (at *lines) goesOn(line []byte) bool {
	inside := at.follows > 0
	if len(line) == 0 {
		at.raises, at.ends, at.blank = false, false, inside && !at.blank
		return at.blank
	}
	text := string(line)
	begins, last := strings.Contains(text, traceback), at.raises && raised.Match(line)
	link := inside && slices.Contains(links, text)
	var traced bool
	switch {
	case last, link:
		traced = true
	case at.blank:
		traced = strings.HasPrefix(text, "\tat ") || at.linked && strings.HasPrefix(text, traceback)
	default:
		traced = text[0] == '\t' || text[0] == ' ' || at.ends && strings.HasPrefix(text, ": ") ||
			strings.HasPrefix(text, "Caused by: ") || strings.HasPrefix(text, traceback)
	}
	at.raises = begins || at.raises && traced && !last
	at.ends, at.blank, at.linked = last && !begins, false, link
	return traced
}

func (at *lines) from(source io.Reader) error {
	buffered := bufio.NewReaderSize(source, longestLine)
	for {
		line, more, err := buffered.ReadLine()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		at.budget -= int64(len(line)) + 1
		at.take(line, more)
		if at.budget <= 0 {
			at.budget = 0
			return errBytes
		}
	}
}

// take looks at a line, or at a piece of one; more tells that another piece of it follows.
func (at *lines) take(line []byte, more bool) {
	if !at.inside {
		at.number++
	}
	at.inside = more
	where := bytes.Index(bytes.ToLower(line), at.wanted)
	// The same bytes in small letters may be longer or shorter in a few scripts: then the place is not exact.
	where = min(where, len(line))
	text := cut(line, max(where, 0))
	traced := at.goesOn(line)
	at.open = slices.DeleteFunc(at.open, func(one open) bool { return at.closes(one, text, traced) })
	for index, one := range at.open {
		// The first line behind a message may be the exception's own.
		first := len(at.into.Shown[one.place].After) == 1
		at.open[index].whole = one.whole && (traced || first)
	}
	at.follows = at.next(traced)
	if where >= 0 {
		at.into.Hits++
		if len(at.into.Shown) < shownHits {
			at.into.Shown = append(at.into.Shown, hit{
				Pod: at.pod, Link: at.link, Line: at.number, Before: at.ahead(at.follows), Text: text,
			})
			at.open = append(at.open, open{place: len(at.into.Shown) - 1, whole: true})
		}
	}
	at.before = append(at.before, text)
	// Seldom, and many at once: this goes on for every line that is read.
	if len(at.before) == 2*longestTrace {
		at.before = append(at.before[:0], at.before[longestTrace:]...)
	}
}

// next counts the lines of a trace up to this one.
func (at *lines) next(traced bool) int {
	if traced {
		return min(at.follows+1, longestTrace)
	}
	return 0
}

// closes gives an open hit a line that is behind it, and tells whether it gets no further one.
func (at *lines) closes(one open, text string, traced bool) bool {
	after := &at.into.Shown[one.place].After
	if len(*after) < around {
		*after = append(*after, text)
		return false
	}
	if !one.whole || !traced || len(*after) >= longestTrace || at.traces >= traceLines {
		// An empty line goes on with a trace only if something of it comes behind.
		if count := len(*after); !traced && count > around && (*after)[count-1] == "" {
			*after = (*after)[:count-1]
			at.traces--
		}
		return true
	}
	at.traces++
	*after = append(*after, text)
	return false
}

// ahead gives the lines before a hit: two, or those of its trace and the message that it belongs to.
func (at *lines) ahead(traced int) []string {
	count := around
	if traced > 0 && at.traces < traceLines {
		count = max(around, min(traced+1, longestTrace, traceLines-at.traces+around))
		at.traces += count - around
	}
	return slices.Clone(at.before[max(0, len(at.before)-count):])
}

// cut shortens a line to what is shown, around a place in it.
func cut(line []byte, place int) string {
	if len(line) <= shownLine {
		return strings.ToValidUTF8(string(line), "?")
	}
	from := max(0, min(place-shownLine/4, len(line)-shownLine))
	text := strings.ToValidUTF8(string(line[from:from+shownLine]), "?")
	if from > 0 {
		text = "…" + text
	}
	if from+shownLine < len(line) {
		text += "…"
	}
	return text
}
