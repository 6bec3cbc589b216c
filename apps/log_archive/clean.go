package main

import (
	"context"
	"fmt"
	"log"
	"time"
)

const day = 24 * time.Hour

// clean deletes what was stored more than some days ago.
//
// A store that has lifecycle rules does that by itself; this is for one that has none.
func clean(ctx context.Context, stored *store, days int, now time.Time) error {
	if days < 1 {
		return fmt.Errorf("--days is %d; write 1 or more, as 0 would delete logs that are being written", days)
	}
	oldest := now.Add(-time.Duration(days) * day)
	var seen, gone int
	var freed int64
	err := stored.each(ctx, "", func(found []object) error {
		seen += len(found)
		var keys []string
		for _, one := range found {
			if one.modified.Before(oldest) {
				keys = append(keys, one.key)
				freed += one.size
			}
		}
		if len(keys) == 0 {
			return nil
		}
		gone += len(keys)
		return stored.remove(ctx, keys)
	})
	if err != nil {
		return err
	}
	log.Printf("deleted %d of %d objects, %d bytes, stored before %s", gone, seen, freed, oldest.UTC().Format(time.RFC3339))
	return nil
}
