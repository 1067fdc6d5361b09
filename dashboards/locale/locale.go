// Package locale holds every sentence that a reader sees, in Chinese and in English, and fills them in. It decides
// wording, plural forms and how counts are written; which sentence is shown, and how other numbers in it are written, is left
// to its callers.
package locale

import (
	"embed"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"sync"

	"github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/pelletier/go-toml/v2"
	"golang.org/x/text/language"
)

//go:embed active.*.toml
var files embed.FS

// The languages of the product; the first is the default.
const (
	Chinese = "zh"
	English = "en"
)

// Languages lists the languages, the default first.
var Languages = []string{Chinese, English}

// Texts holds the sentences of one language. It is safe for concurrent use.
type Texts struct {
	Language  string
	keys      map[string]bool
	localizer *i18n.Localizer
}

// Load returns the sentences of every language, in a map of the caller's own. They are read once: the reader of such long
// tables takes a tenth of a second.
func Load() (map[string]*Texts, error) {
	all, err := read()
	return maps.Clone(all), err
}

var read = sync.OnceValues(func() (map[string]*Texts, error) {
	all := map[string]*Texts{}
	for _, lang := range Languages {
		bundle := i18n.NewBundle(language.MustParse(lang))
		bundle.RegisterUnmarshalFunc("toml", toml.Unmarshal)
		file, err := bundle.LoadMessageFileFS(files, "active."+lang+".toml")
		if err != nil {
			return nil, fmt.Errorf("sentences in %s: %w", lang, err)
		}
		texts := &Texts{Language: lang, keys: map[string]bool{}, localizer: i18n.NewLocalizer(bundle, lang)}
		for _, m := range file.Messages {
			texts.keys[m.ID] = true
		}
		all[lang] = texts
	}
	return all, nil
})

// Keys returns the set of keys.
func (t *Texts) Keys() map[string]bool { return maps.Clone(t.keys) }

// Has says whether there is a sentence for the key.
func (t *Texts) Has(key string) bool { return t.keys[key] }

// Zero behind a key is that of the sentence for a count of nothing.
const Zero = ".zero"

// T returns the sentence for the key, filled in with the pairs of name and value that follow it. A value named N
// that is an int is a count, which chooses the plural form; of nothing says the sentence of key and Zero, where there is one.
// A key without a sentence comes back as it is.
func (t *Texts) T(key string, pairs ...any) string {
	if !t.keys[key] {
		return key
	}
	config := &i18n.LocalizeConfig{MessageID: key}
	if len(pairs) > 0 {
		data := make(map[string]any, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			data[fmt.Sprint(pairs[i])] = pairs[i+1]
		}
		config.TemplateData = data
		if n, counted := data["N"].(int); counted {
			config.PluralCount = n
			data["N"] = Count(int64(n))
			if n == 0 && t.keys[key+Zero] {
				config.MessageID = key + Zero
			}
		}
	}
	text, err := t.localizer.Localize(config)
	if err != nil { // a sentence with one form for every number
		config.PluralCount = nil
		text, err = t.localizer.Localize(config)
	}
	if err != nil {
		return key
	}
	return text
}

// Count writes an integer with thousands separated.
func Count(n int64) string { return strings.Replace(Grouped(strconv.FormatInt(n, 10)), "-", "−", 1) }

// Grouped separates the thousands of an integer that is written in digits, with or without a sign before them.
func Grouped(digits string) string {
	var out strings.Builder
	for i, c := range digits {
		if left := len(digits) - i; i > 0 && left%3 == 0 && digits[i-1] != '-' {
			out.WriteByte(',')
		}
		out.WriteRune(c)
	}
	return out.String()
}
