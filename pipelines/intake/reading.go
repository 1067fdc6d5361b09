package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"strings"

	"pingxin/pipelines/store"
)

// Reading is how an accepted file was read where that does not follow from its bytes: with it, and the kind on the
// receipt, the archived file gives the same rows again. It is archived beside the file, and the receipt has its hash.
type Reading struct {
	Choice
	LeftOut []Rows `json:"left_out,omitempty"` // rows that were not accepted
}

// Rows are the rows from First to Last, both included.
type Rows struct {
	First int64 `json:"first"`
	Last  int64 `json:"last"`
}

// reading is how the parser reads its file. A workbook of one sheet is read as that, and a text as what it is found to be.
func (p *parser) reading(leftOut []int64) Reading {
	r := Reading{Choice: p.effective()}
	for _, row := range leftOut {
		if last := len(r.LeftOut) - 1; last >= 0 && r.LeftOut[last].Last == row-1 {
			r.LeftOut[last].Last = row
			continue
		}
		r.LeftOut = append(r.LeftOut, Rows{row, row})
	}
	return r
}

// effective is the part of the choice that makes a difference.
func (p *parser) effective() Choice {
	var c Choice
	if len(p.seen.Sheets) > 1 {
		c.Sheet = p.seen.Sheet
	}
	if p.seen.EncodingWhy == "chosen" && p.seen.Encoding != UTF8 {
		c.Encoding = p.seen.Encoding
	}
	for _, title := range p.src.header() {
		title = strings.TrimSpace(title)
		if mapped, ok := p.Mapping[title]; ok && p.kind.columnOf(title, nil) != p.kind.columnOf(title, p.Mapping) {
			if c.Mapping == nil {
				c.Mapping = map[string]string{}
			}
			c.Mapping[title] = mapped
		}
	}
	return c
}

func (r Reading) plain() bool {
	return r.Sheet == "" && r.Encoding == "" && len(r.Mapping) == 0 && len(r.LeftOut) == 0
}

// archive keeps the reading and returns its hash; empty when there is nothing to say.
func (r Reading) archive(ctx context.Context, st *store.Store) (string, error) {
	if r.plain() {
		return "", nil
	}
	text, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	archived, err := st.Archive(ctx, bytes.NewReader(append(text, '\n')))
	return archived.SHA256, err
}

// ReadingOf is how the file of a receipt was read.
func ReadingOf(st *store.Store, r store.Receipt) (Reading, error) {
	var reading Reading
	if r.Reading == "" {
		return reading, nil
	}
	text, err := os.ReadFile(st.ArchivePath(r.Reading))
	if err == nil {
		err = json.Unmarshal(text, &reading)
	}
	if errors.Is(err, fs.ErrNotExist) {
		err = fmt.Errorf("the archive lacks it: restore a backup")
	}
	if err != nil {
		return reading, fmt.Errorf("how the file of receipt %d was read: %w", r.Number, err)
	}
	return reading, nil
}

// sameReading refuses bytes that were accepted before when they were read otherwise then, or do not count any more: an old
// receipt would say that all is well.
func (p *parser) sameReading(ctx context.Context, st *store.Store, r store.Receipt) error {
	before, err := ReadingOf(st, r)
	if err != nil {
		return err
	}
	now, batch := p.effective(), params{"batch": itoa(r.Batch), "receipt": itoa(r.Number)}
	if before.Sheet != now.Sheet || before.Encoding != now.Encoding || !maps.Equal(before.Mapping, now.Mapping) {
		return refuse("read_otherwise", 0, batch, "the same file was accepted as batch %d with another sheet, encoding or mapping: withdraw that batch, or save what is new as a file of its own", r.Batch)
	}
	withdrawn, err := st.IsWithdrawn(ctx, r.Batch)
	if err == nil && withdrawn {
		err = refuse("was_withdrawn", 0, batch, "the same file was accepted as batch %d, which was withdrawn: correct the file and send it again", r.Batch)
	}
	return err
}
