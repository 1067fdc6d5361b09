package intake

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"

	"pingxin/pipelines/store"
)

// Limits of a zip of files to bring; each of its files has those of an upload besides.
const (
	// zipMembersMax is more files than a person looks through at once.
	zipMembersMax = 200
	// zipTotalMax bounds what a zip unpacks to: two uploads of a million rows have about 200 MB.
	zipTotalMax = 1 << 30
)

// Member is one file of a zip.
type Member struct {
	Name string // with its folders, in slashes
	Size int64
	file *zip.File
}

// Zip is a zip of files to bring.
type Zip struct {
	Members []Member
	Skipped []string // names of what is no file of anybody's: folders' listings of operating systems
	file    *os.File
}

// OpenZip opens a file when it is a zip of files and not itself a workbook; nil when it is anything else. A zip that is
// damaged, encrypted, too large or names a place outside of itself is a *FileError. Files are not unpacked yet. The caller
// closes it.
func OpenZip(name string) (_ *Zip, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	z := &Zip{file: f}
	defer func() {
		if err != nil || z == nil {
			err = cmp.Or(err, f.Close())
		}
	}()
	head, err := magic(f)
	if err != nil || !strings.HasPrefix(head, zipMagic) {
		z = nil
		if errors.Is(err, errEmpty) {
			err = nil
		}
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	archive, err := zip.NewReader(f, info.Size())
	if err != nil {
		return nil, zipDamaged(err)
	}
	if isWorkbook(archive) {
		z = nil
		return nil, nil
	}
	if err := checkSizes(archive.File, zipTotalMax, zipMembersMax, "zip_too_large"); err != nil {
		return nil, err
	}
	for _, member := range archive.File {
		if err := z.add(member); err != nil {
			return nil, err
		}
	}
	if len(z.Members) == 0 {
		return nil, refuse("zip_empty", 0, nil, "the zip holds no file")
	}
	return z, nil
}

// Close closes the zip.
func (z *Zip) Close() error { return z.file.Close() }

func zipDamaged(err error) error {
	return refuse("zip_damaged", 0, nil, "the zip or XLSX file is damaged or cut off (%v): send it again, or make it anew", err)
}

// ZipInZip is why a zip within a zip is not opened: how deep they go, nobody knows before.
func ZipInZip() *store.Fault {
	return &refuse("zip_nested", 0, nil, "found a zip inside the zip, expected files: make one zip of all files").Fault
}

// add takes a member, or skips what no person put there.
func (z *Zip) add(f *zip.File) error {
	name := f.Name
	if f.NonUTF8 && !utf8.ValidString(name) { // as Chinese editions of Windows write them
		if decoded, err := simplifiedchinese.GB18030.NewDecoder().String(name); err == nil {
			name = decoded
		}
	}
	switch {
	case strings.ContainsAny(name, "\\:\x00") || path.IsAbs(name) || path.Clean("/"+name) != "/"+strings.TrimSuffix(name, "/"):
		return refuse("zip_name", 0, params{"found": name}, "the zip names the file %q, expected a name without ways out of its folder: make the zip anew", name)
	case strings.HasSuffix(name, "/"):
		return nil
	case strings.HasPrefix(name, "__MACOSX/") || path.Base(name) == ".DS_Store" || path.Base(name) == "Thumbs.db":
		z.Skipped = append(z.Skipped, name)
		return nil
	}
	z.Members = append(z.Members, Member{name, int64(f.UncompressedSize64), f})
	return nil
}

// Unpack writes a member to w. What it holds more than it said is an error, as is a check sum that does not fit.
func (z *Zip) Unpack(ctx context.Context, m Member, w io.Writer) error {
	r, err := m.file.Open()
	if err != nil {
		return zipDamaged(err)
	}
	defer r.Close()
	n, err := io.Copy(w, io.LimitReader(readerOf(ctx, r), m.Size+1))
	switch {
	case err != nil:
		return zipDamaged(err)
	case n != m.Size:
		return tooLarge("zip_too_large", uint64(m.Size))
	}
	return nil
}

// readerOf ends with the context's error when that comes first.
func readerOf(ctx context.Context, r io.Reader) io.Reader { return contextReader{ctx, r} }

type contextReader struct {
	ctx context.Context
	src io.Reader
}

func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.src.Read(p)
}
