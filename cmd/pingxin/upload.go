package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"pingxin/dashboards/api/uploader"
)

// tokenVariable holds the token where no file does. A flag would show it to everybody on the machine.
const tokenVariable = "PINGXIN_TOKEN"

type uploadOptions struct {
	server, tokenFile string
	asJSON            bool
	uploader.File
}

func newUpload() *cobra.Command {
	var o uploadOptions
	cmd := &cobra.Command{
		Use:   "upload FILE...",
		Short: "send files to a server, which checks and accepts them",
		Long: `upload sends each file to a server through its HTTP interface, has it checked and commits it,
all or nothing. A broken connection is taken up again where it broke; a program that was
killed goes on when the same command is run again; the same bytes again give the same
receipt. The token comes from --token-file or from ` + tokenVariable + `.`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return upload(cmd.Context(), o, args, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.server, "server", "", "address of the server, for example https://pingxin.example")
	f.StringVar(&o.tokenFile, "token-file", "", "file that holds the token (default: "+tokenVariable+")")
	f.StringVar(&o.Kind, "kind", "", "kind of the files (default: the server guesses); one of "+strings.Join(kindNames(), ", "))
	f.StringToStringVar(&o.Mapping, "map", nil, "what a header of the file means, as HEADER=COLUMN; may be repeated")
	f.BoolVar(&o.Partial, "partial", false, "accept the good rows and leave the others out")
	f.StringVar(&o.Reason, "reason", "", "why earlier rows are replaced; kept with the batch")
	f.BoolVar(&o.asJSON, "json", false, "print receipts, or faults, as JSON")
	return cmd
}

// upload sends one file after another and stops at the first that is not accepted.
func upload(ctx context.Context, o uploadOptions, paths []string, out, stderr io.Writer) error {
	if o.server == "" {
		return fmt.Errorf("--server: found none, expected an address such as https://pingxin.example")
	}
	token, err := readToken(o.tokenFile)
	if err != nil {
		return err
	}
	c, err := uploader.New(o.server, token, nil)
	if err != nil {
		return err
	}
	c.Waiting = func(reason error, wait time.Duration) {
		fmt.Fprintf(stderr, "\n%v; trying again in %s\n", reason, wait.Round(100*time.Millisecond))
	}
	for _, path := range paths {
		f := o.File
		f.Path = path
		c.Progress = progressOn(stderr, filepath.Base(path))
		results, err := c.Send(ctx, f)
		for _, r := range results { // those of a zip before the one that was refused are stored
			if printing := printReceipt(out, r, o.asJSON); printing != nil {
				return printing
			}
		}
		if err != nil {
			return asFaults(out, err, o.asJSON)
		}
	}
	return nil
}

// readToken reads the token from a file, or from the environment when path is empty.
func readToken(path string) (string, error) {
	if path == "" {
		if token := strings.TrimSpace(os.Getenv(tokenVariable)); token != "" {
			return token, nil
		}
		return "", fmt.Errorf("found no token, expected --token-file FILE or the environment variable %s; `pingxin token create` makes one", tokenVariable)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return "", fmt.Errorf("--token-file: %w", err)
	}
	token := strings.TrimSpace(string(text))
	if token == "" || strings.ContainsAny(token, " \n") {
		return "", fmt.Errorf("--token-file %s: expected one line with the token alone", path)
	}
	return token, nil
}
