package main

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/pipelines/intake"
	"pingxin/pipelines/ocds"
	"pingxin/pipelines/policy"
	"pingxin/pipelines/store"
)

func newImportOCDS(s *settings) *cobra.Command {
	var m ocds.Mapping
	var year, numbers, out string
	cmd := &cobra.Command{
		Use:   "ocds FILE",
		Short: "turn an OCDS 1.1 package into organisations, contracts and payments, and accept them",
		Long: `import ocds reads a release package or a record package of the Open Contracting Data
Standard 1.1. Buyers and suppliers become organisations, contracts contracts, and the
transactions of their implementation payments. Nothing is guessed: what has no one meaning
here is refused with its place in the file and how to say what it means. Items have to be of
the catalogue, which is imported before; --item says which item a code of others is.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if year != "start" && year != "signed" {
				return fmt.Errorf("--budget-year: found %q, expected start or signed", year)
			}
			if numbers != "id" && numbers != "ocid" {
				return fmt.Errorf("--numbers: found %q, expected id or ocid", numbers)
			}
			m.YearOfStart, m.OCIDs = year == "start", numbers == "ocid"
			result, err := readOCDS(args[0], m)
			if err != nil {
				return err
			}
			for _, note := range result.Notes {
				fmt.Fprintf(cmd.ErrOrStderr(), "note: %s\n", note.String())
			}
			if out != "" {
				return writeTables(out, args[0], result.Tables)
			}
			return s.with(cmd.Context(), func(st *store.Store) error { return acceptTables(cmd, st, args[0], result.Tables) })
		},
	}
	f := cmd.Flags()
	f.StringToStringVar(&m.Items, "item", nil, "which item of the catalogue a code is, as SCHEME:CODE=ITEM; may be repeated")
	f.StringToStringVar(&m.Methods, "method", nil, "which way of purchase a procurement method is, as limited=competitive_negotiation; may be repeated")
	f.StringVar(&year, "budget-year", "start", "the year by which a contract is budgeted: that of its start, or that in which it was signed")
	f.StringVar(&numbers, "numbers", "id", "how contracts are numbered: by their id, or by their process and id (ocid)")
	f.StringVar(&out, "out", "", "folder to write the files to instead of accepting them")
	return cmd
}

func readOCDS(path string, m ocds.Mapping) (ocds.Result, error) {
	f, err := os.Open(path)
	if err != nil {
		return ocds.Result{}, err
	}
	defer f.Close()
	return ocds.Read(f, m)
}

// writeTables writes each table that has rows as a CSV file of its kind.
func writeTables(dir, from string, tables []ocds.Table) error {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return err
	}
	for _, t := range tables {
		if len(t.Rows) == 0 {
			continue
		}
		err := writeTo(filepath.Join(dir, tableFile(from, t)), nil, func(w io.Writer) error {
			rows := csv.NewWriter(w)
			return errors.Join(rows.Write(t.Head), rows.WriteAll(t.Rows))
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func tableFile(from string, t ocds.Table) string {
	return strings.TrimSuffix(filepath.Base(from), ".json") + "." + t.Kind + ".csv"
}

// acceptTables accepts each table as a file of its kind, in the order in which they refer to each other.
func acceptTables(cmd *cobra.Command, st *store.Store, from string, tables []ocds.Table) error {
	dir, err := os.MkdirTemp("", "pingxin-ocds-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := writeTables(dir, from, tables); err != nil {
		return err
	}
	p, err := policy.Load(defaultPolicy)
	if err != nil {
		return err
	}
	for _, t := range tables {
		if len(t.Rows) == 0 {
			continue
		}
		kind, err := intake.KindOf(t.Kind)
		if err != nil {
			return err
		}
		result, err := importFile(cmd.Context(), st, kind, filepath.Join(dir, tableFile(from, t)), p, nil, cmd.ErrOrStderr())
		if err == nil {
			err = printReceipt(cmd.OutOrStdout(), result, false)
		}
		if err != nil {
			return fmt.Errorf("%s of %s: %w", t.Kind, from, err)
		}
	}
	return nil
}
