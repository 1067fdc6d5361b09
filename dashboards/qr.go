package dashboards

import (
	"fmt"
	"html/template"
	"strings"

	"github.com/skip2/go-qrcode"
)

// quietModules is the white edge that a QR code needs to be found by a camera: four modules (ISO/IEC 18004).
const quietModules = 4

// qrSVG draws a text as a QR code that stands a quarter of its modules being dirty, for paper and screens; label names it for
// those who do not see it. Dark is drawn on white whatever the theme: many cameras do not read the inverse.
func qrSVG(text, label string) (template.HTML, error) {
	code, err := qrcode.New(text, qrcode.High)
	if err != nil {
		return "", fmt.Errorf("draw a QR code of %d bytes: %w", len(text), err)
	}
	code.DisableBorder = true
	modules := code.Bitmap()
	side := len(modules) + 2*quietModules
	var path strings.Builder
	for y, row := range modules {
		for x := 0; x < len(row); x++ {
			start := x
			for x < len(row) && row[x] {
				x++
			}
			if x > start {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", start+quietModules, y+quietModules, x-start, x-start)
			}
		}
	}
	return template.HTML(fmt.Sprintf(`<svg class="qr" viewBox="0 0 %d %d" role="img" aria-label="%s" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h%dv%dH0z"/><path fill="#000" d="%s"/></svg>`,
		side, side, template.HTMLEscapeString(label), side, side, path.String())), nil
}
