package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/spf13/cobra"

	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

func newUser(s *settings) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "user",
		Short: "add, list, change and disable accounts on the console",
		Long: `user works on the accounts of a data directory that no server holds; while one does, its
pages do the same. The first administrator needs no command: the server prints a one-time
code when there is no account yet.`,
		Args: cobra.NoArgs,
		RunE: help,
	}
	cmd.AddCommand(newUserAdd(s), newUserList(s), newUserDisable(s), newUserPassword(s), newUserRole(s))
	return cmd
}

// withKeeper opens the data directory with its accounts for the time of f.
func (s *settings) withKeeper(ctx context.Context, f func(*access.Keeper) error) error {
	return s.with(ctx, func(st *store.Store) error {
		keeper, err := access.Open(ctx, st, access.Options{})
		if err != nil {
			return err
		}
		return f(keeper)
	})
}

// withAccount finds the account that signs in with a name, for the time of f.
func (s *settings) withAccount(ctx context.Context, login string, f func(*access.Keeper, access.Account) error) error {
	return s.withKeeper(ctx, func(keeper *access.Keeper) error {
		account, err := keeper.ByLogin(login)
		if err != nil {
			return fmt.Errorf("account: found %q, expected one that `pingxin user list` shows", login)
		}
		return f(keeper, account)
	})
}

// roleNames are the roles that an account can have, for help and messages.
func roleNames() string {
	var names []string
	for _, role := range access.Roles {
		if role != access.Public {
			names = append(names, string(role))
		}
	}
	return strings.Join(names, ", ")
}

// readLine reads a secret from the input, one line, so that it stands in no list of processes.
func readLine(in io.Reader) (string, error) {
	line, err := bufio.NewReader(in).ReadString('\n')
	if err != nil && (err != io.EOF || line == "") {
		return "", fmt.Errorf("read the password from the input: %w", err)
	}
	return strings.TrimRight(line, "\r\n"), nil
}

func newUserAdd(s *settings) *cobra.Command {
	var d access.Draft
	var role string
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "add an account, and print its first password once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			d.Login, d.Role = args[0], access.Role(role)
			if d.Name == "" {
				d.Name = args[0]
			}
			return s.withKeeper(cmd.Context(), func(keeper *access.Keeper) error {
				account, password, err := keeper.Add(cmd.Context(), d)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is added as %s; first password: %s\nit is not shown again, and has to be changed at the first sign-in\n",
					account.Login, account.Role, password)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&role, "role", "", "one of "+roleNames())
	cmd.Flags().StringVar(&d.Name, "name", "", "name to be shown (default: NAME)")
	cmd.Flags().StringVar(&d.Org, "org", "", "id of the organisation that a purchaser, evaluator or supplier acts for")
	cmd.Flags().StringVar(&d.Email, "email", "", "address by which the single sign-on finds the account")
	return cmd
}

func newUserList(s *settings) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{Use: "list", Short: "list the accounts", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return s.withKeeper(cmd.Context(), func(keeper *access.Keeper) error {
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), keeper.Accounts())
			}
			t := table.NewWriter()
			t.SetStyle(table.StyleLight)
			t.AppendHeader(table.Row{"signs in as", "name", "role", "acts for", "state"})
			for _, a := range keeper.Accounts() {
				t.AppendRow(table.Row{a.Login, a.Name, a.Role, a.Org, accountState(a)})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), t.Render())
			return err
		})
	}}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func accountState(a access.Account) string {
	switch {
	case a.Disabled:
		return "disabled"
	case a.PasswordDue:
		return "first password not changed"
	case a.Role == access.Admin && !a.HasFactor:
		return "no second factor yet"
	}
	return "active"
}

func newUserDisable(s *settings) *cobra.Command {
	var enable bool
	cmd := &cobra.Command{
		Use:   "disable NAME",
		Short: "keep an account from signing in, or allow it again with --undo",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withAccount(cmd.Context(), args[0], func(keeper *access.Keeper, a access.Account) error {
				if err := keeper.Disable(cmd.Context(), a.ID, !enable); err != nil {
					return err
				}
				word := map[bool]string{false: "disabled", true: "enabled"}[enable]
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", a.Login, word)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&enable, "undo", false, "enable it again")
	return cmd
}

func newUserPassword(s *settings) *cobra.Command {
	var fromInput, dropFactor bool
	cmd := &cobra.Command{
		Use:   "password NAME",
		Short: "give an account a new first password, or one read from the input",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withAccount(cmd.Context(), args[0], func(keeper *access.Keeper, a access.Account) error {
				if dropFactor {
					if err := keeper.ResetFactor(cmd.Context(), a.ID); err != nil {
						return err
					}
				}
				if fromInput {
					password, err := readLine(cmd.InOrStdin())
					if err != nil {
						return err
					}
					if err := keeper.SetPassword(cmd.Context(), a.ID, password); err != nil {
						return err
					}
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "the password of %s is changed\n", a.Login)
					return err
				}
				password, err := keeper.ResetPassword(cmd.Context(), a.ID)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "first password of %s: %s\nit is not shown again, and has to be changed at the next sign-in\n", a.Login, password)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&fromInput, "stdin", false, "read the password from the input, one line")
	cmd.Flags().BoolVar(&dropFactor, "drop-factor", false, "take the second factor off as well, as after a lost telephone")
	return cmd
}

func newUserRole(s *settings) *cobra.Command {
	var org string
	cmd := &cobra.Command{
		Use:   "role NAME ROLE",
		Short: "give an account another role: " + roleNames(),
		Args:  cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withAccount(cmd.Context(), args[0], func(keeper *access.Keeper, a access.Account) error {
				d := access.Draft{Login: a.Login, Name: a.Name, Role: access.Role(args[1]), Org: a.Org, Email: a.Email}
				if cmd.Flags().Changed("org") {
					d.Org = org
				}
				if err := keeper.Edit(cmd.Context(), a.ID, d); err != nil {
					return err
				}
				_, err := fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", a.Login, args[1])
				return err
			})
		},
	}
	cmd.Flags().StringVar(&org, "org", "", "id of the organisation that it acts for (default: as before)")
	return cmd
}

func newToken(s *settings) *cobra.Command {
	cmd := &cobra.Command{Use: "token", Short: "make, list and revoke tokens by which programs use the API", Args: cobra.NoArgs, RunE: help}
	cmd.AddCommand(newTokenCreate(s), newTokenList(s), newTokenRevoke(s))
	return cmd
}

func newTokenCreate(s *settings) *cobra.Command {
	var label string
	var names []string
	days := access.DefaultTokenDays
	cmd := &cobra.Command{
		Use:   "create NAME",
		Short: "make a token of an account, and print it once",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return s.withAccount(cmd.Context(), args[0], func(keeper *access.Keeper, a access.Account) error {
				var actions []access.Action
				for _, name := range names {
					actions = append(actions, access.Action(name))
				}
				bearer, t, err := keeper.AddToken(cmd.Context(), a.ID, label, actions, days)
				if err != nil {
					return err
				}
				_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s\ntoken %s of %s, good until %s; it is not shown again\n", bearer, t.ID, a.Login, t.ExpiresAt.Format("2006-01-02"))
				return err
			})
		},
	}
	cmd.Flags().StringVar(&label, "label", "", "what the token is for")
	cmd.Flags().StringSliceVar(&names, "action", nil, "what it allows, of "+grantable()+"; may be repeated")
	cmd.Flags().IntVar(&days, "days", days, fmt.Sprintf("days until it ends, at most %d", access.MaxTokenDays))
	return cmd
}

func grantable() string {
	var names []string
	for _, action := range access.Grantable {
		names = append(names, string(action))
	}
	return strings.Join(names, ", ")
}

func newTokenList(s *settings) *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list the tokens", Args: cobra.NoArgs, RunE: func(cmd *cobra.Command, _ []string) error {
		return s.withKeeper(cmd.Context(), func(keeper *access.Keeper) error {
			accounts := keeper.Accounts()
			t := table.NewWriter()
			t.SetStyle(table.StyleLight)
			t.AppendHeader(table.Row{"token", "account", "what for", "allows", "until", "revoked"})
			for _, one := range keeper.Tokens("") {
				owner, revoked := one.Account, ""
				if at := slices.IndexFunc(accounts, func(a access.Account) bool { return a.ID == one.Account }); at >= 0 {
					owner = accounts[at].Login
				}
				if !one.RevokedAt.IsZero() {
					revoked = one.RevokedAt.Format("2006-01-02")
				}
				t.AppendRow(table.Row{one.ID, owner, one.Label, strings.Join(one.Actions, " "), one.ExpiresAt.Format("2006-01-02"), revoked})
			}
			_, err := fmt.Fprintln(cmd.OutOrStdout(), t.Render())
			return err
		})
	}}
}

func newTokenRevoke(s *settings) *cobra.Command {
	return &cobra.Command{Use: "revoke TOKEN", Short: "end a token, by the id that the list shows", Args: cobra.ExactArgs(1), RunE: func(cmd *cobra.Command, args []string) error {
		return s.withKeeper(cmd.Context(), func(keeper *access.Keeper) error {
			if err := keeper.RevokeToken(cmd.Context(), "", args[0]); err != nil {
				return fmt.Errorf("token: found %q, expected the id of one that `pingxin token list` shows: %w", args[0], err)
			}
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "token %s is revoked\n", args[0])
			return err
		})
	}}
}
