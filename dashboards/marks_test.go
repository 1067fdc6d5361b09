package dashboards

import (
	"encoding/json"
	"testing"
)

// marksWithoutRows are the charts some of whose marks lead nowhere, and why.
var marksWithoutRows = map[string]string{
	"sample": "it shows how a chart looks",
}

// leadsNowhere is what the first mark of a chart says that has no address; empty when all that say something lead somewhere.
func leadsNowhere(t *testing.T, option string) string {
	t.Helper()
	var chart struct {
		Series []struct {
			Data, Links []json.RawMessage
		}
	}
	if err := json.Unmarshal([]byte(option), &chart); err != nil {
		t.Fatal(err)
	}
	for _, series := range chart.Series {
		for _, item := range append(series.Data, series.Links...) {
			var mark struct{ Tip, URL string }
			if json.Unmarshal(item, &mark) == nil && mark.Tip != "" && mark.URL == "" {
				return mark.Tip
			}
		}
	}
	return ""
}
