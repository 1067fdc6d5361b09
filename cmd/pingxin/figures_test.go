package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// row is one line of a file by the names of its columns.
type row = map[string]string

// rowsOf reads a file of which the lines before the header begin with a number sign.
func rowsOf(t *testing.T, text string) (all []row) {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff")))
	r.FieldsPerRecord, r.Comment = -1, '#'
	lines, err := r.ReadAll()
	if err != nil || len(lines) == 0 {
		t.Fatalf("%v in %.200s", err, text)
	}
	for _, line := range lines[1:] {
		cells := row{}
		for i, name := range lines[0] {
			cells[name] = line[i]
		}
		all = append(all, cells)
	}
	return all
}

// sampleRows are the rows of a kind of a demonstration's sample that count: of those with the same key the last.
func sampleRows(t *testing.T, data, kind string, key ...string) map[string]row {
	t.Helper()
	all := map[string]row{}
	for night := 1; night <= 3; night++ {
		text, err := os.ReadFile(filepath.Join(data, "sample", fmt.Sprintf("night%d", night), kind+".csv"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, cells := range rowsOf(t, string(text)) {
			var id []string
			for _, name := range key {
				id = append(id, cells[name])
			}
			all[strings.Join(id, " ")] = cells
		}
	}
	return all
}

// fenOf is an amount in yuan as whole fen.
func fenOf(t *testing.T, yuan string) int64 {
	t.Helper()
	if yuan == "" {
		return 0
	}
	amount, known := new(big.Rat).SetString(yuan)
	if !known || !amount.Mul(amount, big.NewRat(100, 1)).IsInt() {
		t.Fatalf("%q is no amount", yuan)
	}
	return amount.Num().Int64()
}

func dayOf(t *testing.T, text string) time.Time {
	t.Helper()
	if text == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, text)
	if err != nil {
		t.Fatal(err)
	}
	return day
}

// demonstrated serves a demonstration until the test ends, and returns its address.
func demonstrated(t *testing.T, data string) string {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	root, ended := newRoot(), make(chan error, 1)
	said, says := io.Pipe()
	root.SetOut(says)
	root.SetArgs([]string{"--data", data, "demo", "--addr", "127.0.0.1:0"})
	go func() {
		err := root.ExecuteContext(ctx)
		says.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the demonstration ended with %v", err)
		}
	})
	address, lines := "", bufio.NewReader(said)
	for address == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		address = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	}
	go io.Copy(io.Discard, lines)
	return address
}

// finance reads the files of a demonstration as the finance bureau.
func finance(t *testing.T, address string) func(path string) []row {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Jar: jar}
	ask := func(r *http.Request) string {
		response, err := client.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		if err = errors.Join(err, response.Body.Close()); err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%s: %s, %v", r.URL, response.Status, err)
		}
		return string(body)
	}
	request := func(method, path string, form url.Values) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), method, address+path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", address)
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		return r
	}
	ask(request(http.MethodPost, "/sign-in/demo", url.Values{"role": {"finance"}}))
	return func(path string) []row { return rowsOf(t, ask(request(http.MethodGet, path, nil))) }
}

// TestFiguresFollowFromTheFiles computes what the pages show of plan, payment, purchase, market and budget from the files that were
// brought in, by other code than the program's, and holds the two against each other: to the fen, row by row.
func TestFiguresFollowFromTheFiles(t *testing.T) {
	data := filepath.Join(t.TempDir(), "demo")
	must(t, "--data", data, "demo", "--no-serve", "--departments", "6", "--suppliers", "24", "--contracts", "90", "--scores", "6000", "--evaluators", "4")
	address := demonstrated(t, data)
	read := finance(t, address)
	contracts := sampleRows(t, data, "contract", "contract_no")
	t.Run("payments", func(t *testing.T) { holdPayments(t, data, read) })
	t.Run("readiness", func(t *testing.T) { holdReadiness(t, data, contracts, read) })
	t.Run("purchase", func(t *testing.T) { holdPurchase(t, contracts, read) })
	t.Run("market", func(t *testing.T) { holdMarket(t, contracts, read) })
	t.Run("roll-out", func(t *testing.T) { holdRollout(t, data, contracts, read) })
	t.Run("budget", func(t *testing.T) { holdBudget(t, contracts, read) })
	t.Run("clicks", func(t *testing.T) { followFigures(t, address) })
}

// lastNightOfSample is the day of the run that is shown.
const lastNightOfSample = "2026-02-28"

// holdPayments: the schedule's day goes before the payment's; more than 14 days after it is late or overdue, more than 10 before
// early; what is paid of a contract stands in its line.
func holdPayments(t *testing.T, data string, read func(string) []row) {
	today := dayOf(t, lastNightOfSample)
	paid, schedule := sampleRows(t, data, "payment", "contract_no", "stage"), sampleRows(t, data, "payment_schedule", "contract_no", "stage")
	sums, seen := map[string]int64{}, 0
	for _, year := range []string{"2023", "2024", "2025"} {
		for _, got := range read("/payments.csv?lang=en&year=" + year) {
			id := got["Contract no."] + " " + got["Stage"]
			made, agreed := paid[id], schedule[id]
			seen++
			due, on := dayOf(t, agreed["due_on"]), dayOf(t, made["paid_on"])
			amount := agreed["amount_yuan"]
			if made != nil {
				amount = made["amount_yuan"]
			}
			want, until := "in time", on
			if on.IsZero() || on.After(today) {
				want, until = "not yet due", today
			} else {
				sums[got["Contract no."]] += fenOf(t, amount)
			}
			switch days := until.Sub(due).Hours() / 24; {
			case days > 14 && want == "in time":
				want = "late"
			case days > 14:
				want = "overdue"
			case days < -10 && want == "in time":
				want = "early"
			}
			if got["Timing"] != want || fenOf(t, got["Amount (yuan)"]) != fenOf(t, amount) {
				t.Errorf("stage %s: %s of %s, want %s of %s", id, got["Timing"], got["Amount (yuan)"], want, amount)
			}
		}
		for _, got := range read("/execution.csv?lang=en&year=" + year) {
			if no := got["Contract no."]; fenOf(t, got["Paid (yuan)"]) != sums[no] {
				t.Errorf("%s was paid with %s yuan, want %d fen", no, got["Paid (yuan)"], sums[no])
			}
		}
	}
	if seen == 0 || seen < len(schedule) {
		t.Errorf("%d stages are shown of %d", seen, len(schedule))
	}
}

// holdReadiness: no plan, no targets, recipients or a third party unheard, targets after the signature, contents that lack.
func holdReadiness(t *testing.T, data string, contracts map[string]row, read func(string) []row) {
	plans, contents, sources := sampleRows(t, data, "contract_plan", "contract_no"), sampleRows(t, data, "contract_content", "contract_no"), map[string][]row{}
	for _, s := range sampleRows(t, data, "target_source", "contract_no", "indicator", "source") {
		sources[s["contract_no"]] = append(sources[s["contract_no"]], s)
	}
	targets := sampleRows(t, data, "target", "contract_no")
	lacks := func(no string) (n int) {
		count := func(lacking bool) {
			if lacking {
				n++
			}
		}
		heard := func(source string) bool {
			return slices.ContainsFunc(sources[no], func(s row) bool { return s["source"] == source })
		}
		count(plans[no] == nil)
		count(targets[no] == nil)
		count(targets[no] != nil && !heard("recipients"))
		count(targets[no] != nil && !heard("third_party"))
		count(targets[no] != nil && slices.ContainsFunc(sources[no], func(s row) bool { return s["set_on"] > contracts[no]["signed_on"] }))
		count(contracts[no]["signed_on"] > contracts[no]["start_on"])
		count(contents[no] == nil)
		for _, clause := range contents[no] {
			count(clause == "")
		}
		return n
	}
	shown := map[string]int{}
	for _, year := range []string{"2023", "2024", "2025"} {
		for _, got := range read("/readiness.csv?lang=en&year=" + year) {
			shown[got["Contract no."]] = strings.Count(got["Lacked"], ".")
		}
	}
	for no := range contracts {
		if shown[no] != lacks(no) {
			t.Errorf("%s is said to have lacked %d things, want %d", no, shown[no], lacks(no))
		}
	}
}

// holdPurchase: from 2,000,000 yuan on a purchase is tendered unless it is of a special way, from 500,000 on it is not dispersed; what a
// department bought of an item below the limit without a tender and in several contracts comes to more.
func holdPurchase(t *testing.T, contracts map[string]row, read func(string) []row) {
	const tender, procedure = 2_000_000_00, 500_000_00
	special := []string{"single_source", "franchise", "entrustment", "subsidy"}
	sums, counts := map[string]int64{}, map[string]int{}
	group := func(c row) string { return c["purchaser_id"] + " " + c["item_code"] + " " + c["budget_year"] }
	open := func(c row) bool { return c["method"] == "open_tender" || slices.Contains(special, c["method"]) }
	for _, c := range contracts {
		if fen := fenOf(t, c["amount_yuan"]); fen < tender && !open(c) {
			sums[group(c)], counts[group(c)] = sums[group(c)]+fen, counts[group(c)]+1
		}
	}
	seen := 0
	for _, year := range []string{"2023", "2024", "2025"} {
		for _, got := range read("/purchase.csv?lang=en&year=" + year) {
			c := contracts[got["Contract no."]]
			seen++
			fen := fenOf(t, c["amount_yuan"])
			unfit := fen >= tender && !open(c) || fen >= procedure && c["method"] == "dispersed"
			split := fen < tender && !open(c) && counts[group(c)] > 1 && sums[group(c)] > tender
			if (got["To look at"] != "") != unfit || (got["Together above the limit for tenders"] != "") != split {
				t.Errorf("%s of %d fen by %s: %q and %q, want something to say of the way %v, of a split %v", got["Contract no."], fen, c["method"], got["To look at"], got["Together above the limit for tenders"], unfit, split)
			}
		}
	}
	if seen != len(contracts) {
		t.Errorf("%d contracts are shown of %d", seen, len(contracts))
	}
}

// holdMarket: the Herfindahl-Hirschman index of each item, and who is new or left.
func holdMarket(t *testing.T, contracts map[string]row, read func(string) []row) {
	for _, year := range []int{2023, 2024, 2025} {
		for _, got := range read(fmt.Sprintf("/market.csv?lang=en&year=%d", year)) {
			money, before, last, total := map[string]float64{}, map[string]bool{}, map[string]bool{}, 0.0
			for _, c := range contracts {
				if c["item_code"] != got["Id"] {
					continue
				}
				switch of, supplier := c["budget_year"], c["supplier_id"]; {
				case of == strconv.Itoa(year):
					money[supplier] += float64(fenOf(t, c["amount_yuan"]))
					total += float64(fenOf(t, c["amount_yuan"]))
				case of < strconv.Itoa(year):
					before[supplier] = true
					last[supplier] = last[supplier] || of == strconv.Itoa(year-1)
				}
			}
			index, entrants := 0.0, 0
			for supplier, fen := range money {
				index += fen / total * fen / total * 10_000
				if !before[supplier] {
					entrants++
				}
				delete(last, supplier)
			}
			left := 0
			for _, was := range last {
				if was {
					left++
				}
			}
			want := []string{strconv.Itoa(len(money)), strconv.Itoa(entrants), strconv.Itoa(left)}
			if year == 2023 {
				want[1], want[2] = "", ""
			}
			shown, err := strconv.ParseFloat(got["Index (HHI)"], 64)
			if said := []string{got["Suppliers"], got["New"], got["Left"]}; err != nil || math.Abs(shown-index) > 0.006 || !slices.Equal(said, want) {
				t.Errorf("%s in %d: index %s and %v, want %.2f and %v", got["Id"], year, got["Index (HHI)"], said, index, want)
			}
		}
	}
}

// holdRollout: who bought how much in each year, how much of it is evaluated, and its share of the departments' budgets.
func holdRollout(t *testing.T, data string, contracts map[string]row, read func(string) []row) {
	for _, got := range read("/rollout.csv?lang=en") {
		departments, contracted, evaluated, budgets := map[string]bool{}, int64(0), int64(0), int64(0)
		for _, e := range read("/evaluations.csv?lang=en&year=" + got["Year"]) {
			c := contracts[e["Contract no."]]
			departments[c["purchaser_id"]] = true
			contracted += fenOf(t, c["amount_yuan"])
			if e["Grade"] != "" {
				evaluated += fenOf(t, c["amount_yuan"])
			}
		}
		for _, b := range sampleRows(t, data, "department_budget", "year", "purchaser_id") {
			if b["year"] == got["Year"] {
				budgets += fenOf(t, b["amount_yuan"])
			}
		}
		share := fmt.Sprintf("%.1f", float64(contracted)/float64(budgets)*100)
		if fenOf(t, got["Amount (yuan)"]) != contracted || fenOf(t, got["Evaluated (yuan)"]) != evaluated || got["Departments"] != strconv.Itoa(len(departments)) ||
			strings.TrimSuffix(got["Purchased share of budgets (%)"], ".0") != strings.TrimSuffix(share, ".0") {
			t.Errorf("%v: want %d departments, %d fen, of which %d evaluated, %s percent", got, len(departments), contracted, evaluated, share)
		}
	}
}

// holdBudget: poor is paused, fair is cut by 30 percent at 60 points to 10 at 80 and at most 20, good stays, excellent rises by nothing at
// 90 to 10 percent at 100; nothing moves where the interval leaves the band, which a cap below the value makes certain, and none while an evaluation is in dispute. What is held by a guard says so.
func holdBudget(t *testing.T, contracts map[string]row, read func(string) []row) {
	evaluations := map[string]row{}
	for _, e := range read("/evaluations.csv?lang=en&year=2025") {
		evaluations[e["Contract no."]] = e
	}
	disputed := map[string]bool{}
	for _, e := range read("/process.csv?lang=en&year=2025") {
		disputed[e["Contract no."]] = e["Status"] == "In dispute"
	}
	number := func(text string) float64 {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	all := read("/budget.csv?lang=en")
	for _, got := range all {
		e, base := evaluations[got["Contract no."]], fenOf(t, contracts[got["Contract no."]]["amount_yuan"])
		pct, low, high := 0.0, 0.0, 100.0
		switch e["Grade"] {
		case "Excellent":
			pct, low = (number(e["Value"])-90)/10*10, 90
		case "Fair":
			pct, low, high = max(-20, -30+min(max((number(e["Value"])-60)/20, 0), 1)*20), 60, 80
		case "Poor":
			pct, high = -100, 60
		}
		capped := e["Value"] != "" && number(e["Value"]) >= high
		if pct != 0 && !capped && (number(e["Low"]) < low || number(e["High"]) > high) || pct > 0 && got["Action"] == "Hold" && strings.Contains(got["Reasons"], "nothing is added") || disputed[got["Contract no."]] {
			pct = 0
		}
		if change, want := fenOf(t, got["Change (yuan)"]), int64(math.Round(float64(base)*pct/100)); fenOf(t, got["This year (yuan)"]) != base || max(change-want, want-change) > 1 {
			t.Errorf("%s, %s at %s (%s to %s): %s yuan more, want %d fen", got["Contract no."], e["Grade"], e["Value"], e["Low"], e["High"], got["Change (yuan)"], want)
		}
	}
	if len(all) != len(evaluations) {
		t.Errorf("%d contracts have a proposal, want those of 2025: %d", len(all), len(evaluations))
	}
}
