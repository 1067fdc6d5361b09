package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/dashboards"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
	"pingxin/pipelines/survey"
)

// publicExample is a public address as the messages show it.
const publicExample = "https://pj.example.gov.cn"

// checkPublic reads the address under which recipients reach the server; the path and what follows are ours.
func checkPublic(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "" {
		return "", fmt.Errorf("--public-url: found %q, expected only scheme and host, for example %s", text, publicExample)
	}
	return u.Scheme + "://" + u.Host, nil
}

// public is the address with which the links of a server begin: the one that was given, if the server may be asked for
// under its name, or that of the server itself.
func (f front) public(given string, listener net.Listener) (string, error) {
	if given == "" {
		address, _, _ := strings.Cut(f.url(listener), " ")
		return address, nil
	}
	public, err := checkPublic(given)
	if err != nil {
		return "", err
	}
	u, err := url.Parse(public)
	if err != nil {
		return "", err
	}
	name := strings.ToLower(u.Hostname())
	if ip := net.ParseIP(name); !slices.Contains(f.hosts, name) && name != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "", fmt.Errorf("--public-url: found the name %s, under which this server may not be asked for; add --host %s", name, name)
	}
	return public, nil
}

func newSurvey(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "survey", Short: "ask recipients: make links that work once, print them, see who answered", Args: cobra.NoArgs, RunE: help}
	cmd.AddCommand(newSurveyIssue(s), newSurveySheet(), newSurveyStatus(s), newSurveyClose(s))
	return cmd
}

// surveyOptions are the flags of survey issue.
type surveyOptions struct {
	request           survey.Request
	public, out, lang string
}

func newSurveyIssue(s *settings) *cobra.Command {
	var o surveyOptions
	cmd := &cobra.Command{
		Use:   "issue CONTRACT...",
		Short: "make links for contracts, and write them to a file",
		Long: `issue makes a batch of links for each contract, all or none. Each link works once, and is
kept nowhere but in the file that is written: whoever loses it takes the batch back with
'pingxin survey close --batch' and makes new ones. 'pingxin survey sheet' prints the file.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			public, err := checkPublic(o.public)
			if err != nil {
				return err
			}
			o.public = public
			if err := checkLanguage(o.lang); err != nil {
				return err
			}
			return s.withSurvey(cmd.Context(), func(d *survey.Desk) error { return issueLinks(cmd.Context(), d, o, args, cmd.OutOrStdout()) })
		},
	}
	f := cmd.Flags()
	f.IntVar(&o.request.Links, "links", 0, "links for each contract (0: as many as it has recipients, 200 at most)")
	f.IntVar(&o.request.Frame, "frame", 0, "people in the sampling frame (0: the contract's recipients)")
	f.IntVar(&o.request.Days, "days", survey.DefaultDays, "days that the links hold, today included")
	f.StringVar(&o.request.Channel, "channel", survey.Channels[0], "how they are handed out: "+strings.Join(survey.Channels, ", "))
	f.StringVar(&o.request.Label, "label", "", "name of the sampling frame (empty: all recipients)")
	f.StringVar(&o.public, "public-url", "", "address under which recipients reach the server, for example "+publicExample)
	f.StringVar(&o.out, "out", "survey-links.csv", "file to write the links to; it must not be there yet")
	f.StringVar(&o.lang, "lang", "zh", "language of the file: zh or en")
	return cmd
}

// withSurvey opens the data directory and the desk of the survey for the time of f. What is asked does not matter to it.
func (s *settings) withSurvey(ctx context.Context, f func(*survey.Desk) error) error {
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return err
	}
	return s.with(ctx, func(st *store.Store) error {
		d, err := survey.Open(st, p, nil)
		if err != nil {
			return err
		}
		return f(d)
	})
}

func checkLanguage(lang string) error {
	if lang != "zh" && lang != "en" {
		return fmt.Errorf("--lang: found %q, expected zh or en", lang)
	}
	return nil
}

// newFile makes a file that only its owner reads and that is not there yet.
func newFile(path string) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if os.IsExist(err) {
		return nil, fmt.Errorf("--out: %s is there already; name another, or move it away", path)
	}
	return f, err
}

// issueLinks makes links and writes them down. The file is made first, so that no link is made that nobody gets.
func issueLinks(ctx context.Context, d *survey.Desk, o surveyOptions, contracts []string, out io.Writer) error {
	file, err := newFile(o.out)
	if err != nil {
		return err
	}
	defer file.Close()
	var requests []survey.Request
	for _, no := range contracts {
		q := o.request
		q.ContractNo = no
		requests = append(requests, q)
	}
	issued, err := d.Issue(ctx, store.Everything, console().Name, requests)
	if err != nil {
		_ = os.Remove(file.Name()) // it is empty
		return err
	}
	if err := errors.Join(dashboards.WriteLinks(file, o.lang, dashboards.PaperLinks(issued, o.public)), file.Sync()); err != nil {
		return fmt.Errorf("write the links: %w; take the batches back with pingxin survey close --batch", err)
	}
	for _, i := range issued {
		fmt.Fprintf(out, "contract %s: batch %d, %s links until %s, frame of %s\n", i.ContractNo, i.ID, grouped(int64(i.Links)), i.ExpiresOn.Format("2006-01-02"), people(i.Frame))
	}
	_, err = fmt.Fprintf(out, "links written to %s, and kept nowhere else\n", o.out)
	return err
}

// people is the size of a sampling frame in words.
func people(n int) string {
	if n == 0 {
		return "unknown size"
	}
	return grouped(int64(n))
}

func newSurveySheet() *cobra.Command {
	var out, lang string
	cmd := &cobra.Command{
		Use:   "sheet LINKS",
		Short: "make a page of QR codes of a file of links, to print on A4",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkLanguage(lang); err != nil {
				return err
			}
			return writeSheet(args[0], out, lang, cmd.OutOrStdout())
		},
	}
	cmd.Flags().StringVar(&out, "out", "survey-sheet.html", "file to write the page to; it must not be there yet")
	cmd.Flags().StringVar(&lang, "lang", "zh", "language of the page: zh or en")
	return cmd
}

func writeSheet(from, to, lang string, out io.Writer) error {
	list, err := os.Open(from)
	if err != nil {
		return err
	}
	defer list.Close()
	links, err := dashboards.ReadLinks(list)
	if err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	page, err := newFile(to)
	if err != nil {
		return err
	}
	defer page.Close()
	if err := dashboards.WriteSheet(page, lang, links); err != nil {
		return fmt.Errorf("write the page: %w", err)
	}
	_, err = fmt.Fprintf(out, "%s QR codes written to %s; open it in a browser and print it\n", grouped(int64(len(links))), to)
	return err
}

func newSurveyStatus(s *settings) *cobra.Command {
	var search string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "status",
		Short: "list the contracts whose recipients are asked, and how many answered",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return s.withSurvey(cmd.Context(), func(d *survey.Desk) error {
				all, _, err := d.Contracts(cmd.Context(), store.SurveyQuery{Scope: store.Everything, Asked: true, Search: search})
				if err != nil {
					return err
				}
				if asJSON {
					return writeJSON(cmd.OutOrStdout(), surveyReports(all))
				}
				return printSurveys(cmd.OutOrStdout(), all)
			})
		},
	}
	cmd.Flags().StringVar(&search, "search", "", "only contracts with this in number, name, purchaser or supplier")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// surveyReport is the survey of one contract as a program reads it; a rate that is not known is absent.
type surveyReport struct {
	ContractNo string   `json:"contract_no"`
	Asked      int      `json:"asked"`
	Answered   int      `json:"answered"`
	Waiting    int      `json:"waiting"`
	Expired    int      `json:"expired"`
	Frame      int      `json:"frame,omitempty"`
	Rate       *float64 `json:"response_rate,omitempty"`
	Return     *float64 `json:"return_rate,omitempty"`
}

func surveyReports(all []survey.Standing) []surveyReport {
	reports := make([]surveyReport, len(all))
	for n, c := range all {
		reports[n] = surveyReport{c.No, c.Asked, c.Answered, c.Waiting, c.Expired, c.Frame, rateOrNil(c.Rate()), rateOrNil(c.Return())}
	}
	return reports
}

// rateOrNil is a rate, or nil where it is not known.
func rateOrNil(v float64) *float64 {
	if math.IsNaN(v) {
		return nil
	}
	return &v
}

func printSurveys(w io.Writer, all []survey.Standing) error {
	if len(all) == 0 {
		_, err := fmt.Fprintln(w, "no links were made: pingxin survey issue CONTRACT")
		return err
	}
	rows := [][]string{{"contract", "batch", "valid links", "answered", "frame", "response rate", "return", "waiting", "until"}}
	row := func(no, batch string, r survey.Response, until string) {
		rows = append(rows, []string{no, batch, grouped(int64(r.Asked)), grouped(int64(r.Answered)), people(r.Frame), rateText(r.Rate()), rateText(r.Return()), grouped(int64(r.Waiting)), until})
	}
	for _, c := range all {
		for n, i := range c.Issues {
			row(c.No, strconv.Itoa(i.ID), c.Batches[n], i.ExpiresOn.Format("2006-01-02"))
		}
		row(c.No, "all", c.Response, "")
	}
	return columns(w, rows)
}

// rateText is a rate in percent, or a dash where it is not known.
func rateText(v float64) string {
	if math.IsNaN(v) {
		return "-"
	}
	return inPercent(v)
}

func newSurveyClose(s *settings) *cobra.Command {
	var batch int
	cmd := &cobra.Command{
		Use:   "close CONTRACT",
		Short: "end the unused links of a contract, or take those of one batch back",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withSurvey(cmd.Context(), func(d *survey.Desk) error {
				var n int
				var err error
				if batch > 0 {
					n, err = d.TakeBack(cmd.Context(), store.Everything, args[0], batch)
				} else {
					n, err = d.Close(cmd.Context(), store.Everything, args[0])
				}
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "contract %s: %s unused links can no longer be used\n", args[0], grouped(int64(n)))
				}
				return err
			})
		},
	}
	cmd.Flags().IntVar(&batch, "batch", 0, "take back the links of this batch only, as lost (0: close the survey)")
	return cmd
}
