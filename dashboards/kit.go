package dashboards

import (
	"html/template"
	"sync"

	"pingxin/dashboards/drawing"
	"pingxin/dashboards/locale"
)

// kit is what pages are made with and what is made of the embedded files alone. Nothing of it changes, so that all servers of a
// process share one: reading sentences, templates and the chart library takes longer than most pages.
type kit struct {
	texts     map[string]*locale.Texts
	templates map[string]*template.Template
	assets    *assets
	studio    *drawing.Studio
	methods   *methodBook
}

// theKit makes the kit when it is first asked for. It fails only on a mistake in what is embedded.
var theKit = sync.OnceValues(func() (*kit, error) {
	var k kit
	var err error
	if k.texts, err = locale.Load(); err != nil {
		return nil, err
	}
	if k.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	k.studio = drawing.New(string(k.assets.files["echarts/echarts.min.js"].plain), string(k.assets.files["chart.js"].plain))
	if k.templates, err = parseTemplates(); err != nil {
		return nil, err
	}
	k.methods, err = loadMethods()
	return &k, err
})
