package dashboards

import (
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestArrange: what the form of columns sends becomes one value; the first column stays first.
func TestArrange(t *testing.T) {
	for name, c := range map[string]struct {
		sent, want string // want is empty where the query is not of the form
	}{
		"ticked":         {"cols=a&cols=b&cols=c&year=2024", "cols=a,b,c&year=2024"},
		"to the left":    {"cols=a&cols=b&cols=c&move=c-", "cols=a,c,b"},
		"to the right":   {"cols=a&cols=b&cols=c&move=b%2B", "cols=a,c,b"},
		"over the first": {"cols=a&cols=b&move=b-", "cols=a,b"},
		"of the first":   {"cols=a&cols=b&move=a%2B", "cols=a,b"},
		"past the end":   {"cols=a&cols=b&move=b%2B", "cols=a,b"},
		"not shown":      {"cols=a&cols=b&move=x-", "cols=a,b"},
		"kept address":   {"cols=a,b", ""},
		"no columns":     {"year=2024", ""},
	} {
		query, err := url.ParseQuery(c.sent)
		if err != nil {
			t.Fatal(err)
		}
		got, asked := arrange(query)
		text, err := url.QueryUnescape(got.Encode())
		if err != nil || asked != (c.want != "") || text != c.want {
			t.Errorf("%s: got %q, %v, want %q", name, text, asked, c.want)
		}
	}
}

var (
	headCell  = regexp.MustCompile(`<th scope="col"`)
	moveWords = regexp.MustCompile(`name="move" value="([^"]+)"`)
)

// TestColumnsOfLists: the columns of every list with a choice can be left out and moved by the form alone, files stay whole
// and say so, and a column that is none is refused.
func TestColumnsOfLists(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	_, _, body := fetch(t, web.URL+"/evaluations?cols=contract,grade,amount")
	list := body[strings.Index(body, `<div class="table-box">`):]
	if n := len(headCell.FindAllString(list, -1)); n != 3 {
		t.Errorf("%d columns, want 3", n)
	}
	if grade, amount := strings.Index(list, `data-label="等级"`), strings.Index(list, `data-label="金额（万元）"`); grade < 0 || amount < grade {
		t.Errorf("the grade stands at %d, the amount at %d, want it in front", grade, amount)
	}
	if moves := moveWords.FindAllStringSubmatch(body, -1); len(moves) != 2 || moves[0][1] != "grade+" && moves[0][1] != "grade&#43;" || moves[1][1] != "amount-" {
		t.Errorf("buttons that move: %v", moves)
	}
	for _, path := range []string{"/suppliers", "/evaluators", "/departments", "/clues", "/register", "/settlement", "/process", "/plans", "/payments", "/market", "/items", "/flags", "/budget"} {
		if _, _, body := fetch(t, web.URL+path); !strings.Contains(body, `<form id="columns"`) {
			t.Errorf("%s has no choice of columns", path)
		}
	}
	if status, _, body := fetch(t, web.URL+"/evaluations?cols=contract,salary&lang=en"); status != http.StatusBadRequest || !strings.Contains(body, "salary") {
		t.Errorf("a column that the list does not have: status %d", status)
	}
	_, _, file := fetch(t, web.URL+"/evaluations.csv?cols=contract,grade&lang=en&year=2024")
	for _, said := range []string{"# Filters,Year 2024", "# Columns,all (the page showed 2 chosen columns", "Value,Low,High"} {
		if !strings.Contains(file, said) {
			t.Errorf("the file does not say %q:\n%.600s", said, file)
		}
	}
}

// TestNothingPasses: a list that its filters leave empty says so and leads out.
func TestNothingPasses(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	for _, path := range []string{"/evaluations?year=2099", "/suppliers?q=zzzz", "/evaluators?q=zzzz", "/departments?q=zzzz", "/items?q=zzzz", "/register?q=zzzz", "/clues?q=zzzz", "/validation/suppliers?q=zzzz"} {
		status, _, body := fetch(t, web.URL+path)
		bare, _, _ := strings.Cut(path, "?")
		if status != http.StatusOK || !strings.Contains(body, `class="no-rows"`) || !strings.Contains(body, `<a class="button quiet" href="`+bare+`"`) {
			t.Errorf("%s: status %d, or the way out is missing", path, status)
		}
	}
}

// TestEveryFileSaysWhatItHolds: each list that comes as CSV names its filters, columns, run, policy and time; those that a
// program reads back have no such lines.
func TestEveryFileSaysWhatItHolds(t *testing.T) {
	_, web := newServer(t, districtStore(t), io.Discard)
	plain := []string{"/budget-plan.csv", "/catalogue-next.csv", "/validation.csv"} // the last is a report with a head of its own
	for _, path := range slices.Concat(exportPaths, evaluatorFiles, settleFiles, clueFiles, processFiles) {
		if !strings.Contains(path, ".csv") || slices.Contains(plain, path) {
			continue
		}
		_, _, body := fetch(t, web.URL+inLanguage(path, "en"))
		for _, said := range []string{"# Filters,", "# Columns,", "# Run,3", "# Policy,", "# Published,"} {
			if !strings.Contains(body, said) {
				t.Errorf("%s does not say %q:\n%.500s", path, said, body)
			}
		}
	}
}
