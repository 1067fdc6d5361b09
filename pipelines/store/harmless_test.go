package store

import "testing"

func TestHarmless(t *testing.T) {
	for text, want := range map[string]string{"": "", "甲公司": "甲公司", "=1+1": "'=1+1", "+86": "'+86", "-1": "'-1", "@x": "'@x", "\t=1": "'\t=1", "\r=1": "'\r=1", "\n=1": "'\n=1",
		"＝1": "'＝1", "＠": "'＠", "a=1": "a=1", "'=1": "'=1", "−5": "−5"} {
		if got := Harmless(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}
