// Prints, for each line of JSON on its input, when robfig/cron would start a schedule.
package main

import (
	"bufio"
	"encoding/json"
	"os"
	"time"

	"github.com/robfig/cron/v3"
)

type question struct {
	Schedule string    `json:"schedule"`
	Zone     string    `json:"zone"`
	Since    time.Time `json:"since"`
	Number   int       `json:"number"`
}

type answer struct {
	Schedule string   `json:"schedule"`
	Zone     string   `json:"zone"`
	Since    string   `json:"since"`
	Ticks    []string `json:"ticks"`
	Error    string   `json:"error,omitempty"`
}

func ask(one question) answer {
	said := answer{Schedule: one.Schedule, Zone: one.Zone, Since: one.Since.UTC().Format(time.RFC3339), Ticks: []string{}}
	zone, err := time.LoadLocation(one.Zone)
	if err != nil {
		said.Error = err.Error()
		return said
	}
	// As the operator does: controller.go of its ScheduledSparkApplication, release 2.5.2.
	schedule, err := cron.ParseStandard("CRON_TZ=" + one.Zone + " " + one.Schedule)
	if err != nil {
		said.Error = err.Error()
		return said
	}
	moment := one.Since.In(zone)
	for range one.Number {
		moment = schedule.Next(moment)
		if moment.IsZero() {
			break
		}
		said.Ticks = append(said.Ticks, moment.UTC().Format(time.RFC3339))
	}
	return said
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var one question
		if err := json.Unmarshal(lines.Bytes(), &one); err != nil {
			panic(err)
		}
		if err := out.Encode(ask(one)); err != nil {
			panic(err)
		}
	}
}
