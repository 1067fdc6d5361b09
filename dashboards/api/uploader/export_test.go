package uploader

import (
	"context"
	"time"
)

// Hurry makes a client's waits short for a test, and hears them.
func (c *Client) Hurry(heard func(time.Duration)) {
	c.pause = func(ctx context.Context, d time.Duration) error {
		if heard != nil {
			heard(d)
		}
		return pause(ctx, time.Millisecond)
	}
}

// WaitFor, TriesMax and Chunk are seen by the tests.
var WaitFor = waitFor

const (
	TriesMax  = triesMax
	Chunk     = chunk
	WaitFirst = waitFirst
	WaitMax   = waitMax
)
