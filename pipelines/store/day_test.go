package store

import (
	"testing"
	"time"
)

// TestDayOf: at 16:00 UTC the next day begins in China.
func TestDayOf(t *testing.T) {
	for moment, want := range map[string]string{"2026-11-27T15:59:59Z": "2026-11-27T00:00:00Z", "2026-11-27T16:00:00Z": "2026-11-28T00:00:00Z",
		"2026-11-28T00:30:00+08:00": "2026-11-28T00:00:00Z"} {
		at, err := time.Parse(time.RFC3339, moment)
		if err != nil {
			t.Fatal(err)
		}
		if got := DayOf(at).Format(time.RFC3339); got != want {
			t.Errorf("%s is of the day %s, want %s", moment, got, want)
		}
	}
}
