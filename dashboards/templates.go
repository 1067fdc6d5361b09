package dashboards

import (
	"fmt"
	"html/template"
	"io/fs"
	"path"
)

// parseTemplates parses each page together with the layout and the shared parts.
func parseTemplates() (map[string]*template.Template, error) {
	shared, err := template.New("").ParseFS(embedded, "templates/shared/*.html")
	if err != nil {
		return nil, fmt.Errorf("shared templates: %w", err)
	}
	names, err := fs.Glob(embedded, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, name := range names {
		page, err := shared.Clone()
		if err == nil {
			page, err = page.ParseFS(embedded, name)
		}
		if err != nil {
			return nil, fmt.Errorf("template %s: %w", name, err)
		}
		pages[path.Base(name)] = page
	}
	return pages, nil
}
