package store_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"pingxin/pipelines"
	"pingxin/pipelines/store"
	"pingxin/scoring/calibration"
)

// The pages read what a calibration writes: no field of the summary may be lost between the two.
func TestCalibrationSummaryIsReadAsWritten(t *testing.T) {
	wrote := pipelines.CalibrationSummary{Contracts: 1, SmallGroups: 2, Raters: 3, Flags: map[string]int{"top_to_all": 4},
		Severities: calibration.Severities{Estimated: true, VarRater: 5, Warnings: []string{"approximate"}},
		Agreements: []calibration.Agreement{{Indicator: "quality", Alpha: 0.5, N: 6, Contracts: 7}}}
	text, err := json.Marshal(wrote)
	if err != nil {
		t.Fatal(err)
	}
	var read store.CalibrationSummary
	if err := json.Unmarshal(text, &read); err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(read)
	if err != nil || string(again) != string(text) {
		t.Errorf("wrote %s, read %s, error %v", text, again, err)
	}
	if a, b := reflect.TypeFor[pipelines.CalibrationSummary]().NumField(), reflect.TypeFor[store.CalibrationSummary]().NumField(); a != b {
		t.Errorf("%d fields are written and %d read", a, b)
	}
}
