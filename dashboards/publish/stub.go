package publish

import (
	"context"
	"pingxin/pipelines/store"
)

func (b *bundle) writeOCDS(ctx context.Context) error                  { return nil }
func (b *bundle) writePages(m *manifest, before []store.Release) error { return nil }
