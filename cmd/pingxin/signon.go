package main

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"pingxin/dashboards"
	"pingxin/dashboards/access"
	"pingxin/pipelines/store"
)

// ssoOptions are the flags of a single sign-on by OpenID Connect.
type ssoOptions struct{ issuer, client, secretFile, redirect, name string }

func (o *ssoOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.issuer, "sso-issuer", "", "address of the issuer of a single sign-on by OpenID Connect; empty: none")
	f.StringVar(&o.client, "sso-client", "", "id under which the issuer knows this server")
	f.StringVar(&o.secretFile, "sso-secret-file", "", "file that holds the secret that the issuer gave this server; empty: none")
	f.StringVar(&o.redirect, "sso-redirect", "", "address to which the issuer sends browsers back, for example https://pingxin.example.gov.cn"+access.CallbackPath)
	f.StringVar(&o.name, "sso-name", "单点登录", "what the button of the single sign-on says")
}

// check reads the single sign-on, nil for none.
func (o ssoOptions) check() (*access.SSO, error) {
	if o.issuer == "" {
		return nil, nil
	}
	if o.client == "" {
		return nil, fmt.Errorf("--sso-client: found none, expected the id under which the issuer knows this server")
	}
	back, err := url.Parse(o.redirect)
	if err != nil || back.Host == "" || back.Path != access.CallbackPath {
		return nil, fmt.Errorf("--sso-redirect: found %q, expected this server's address with the path %s", o.redirect, access.CallbackPath)
	}
	sso := &access.SSO{Issuer: o.issuer, ClientID: o.client, Redirect: o.redirect, Name: o.name}
	if o.secretFile != "" {
		secret, err := os.ReadFile(o.secretFile)
		if err != nil {
			return nil, fmt.Errorf("--sso-secret-file: %w", err)
		}
		sso.ClientSecret = strings.TrimSpace(string(secret))
	}
	return sso, nil
}

// greet prints what is needed to sign in: the one-time code where there is no account, the way in of a demonstration.
func greet(out io.Writer, keeper *access.Keeper, demo bool) error {
	if code, until := keeper.SetupCode(); code != "" {
		_, err := fmt.Fprintf(out, "there is no account yet: open the page /setup and enter the one-time code %s (good until %s)\n", code, until.Local().Format("15:04"))
		return err
	}
	if !demo {
		return nil
	}
	_, err := fmt.Fprintln(out, "demonstration: choose whom to be on the sign-in page, without a password; only on this machine")
	return err
}

// demoAccounts makes the accounts of the demonstration, one of each role, with organisations of the sample: the
// purchaser and the supplier with most contracts and an evaluator, who was given some.
func demoAccounts(ctx context.Context, st *store.Store) error {
	keeper, err := access.Open(ctx, st, access.Options{})
	if err != nil || !keeper.Empty() {
		return err
	}
	orgs := map[access.Role]store.Organisation{}
	var given []store.ContractRow
	err = st.Read(ctx, func(ctx context.Context, r *store.Reader) error {
		for role, kind := range map[access.Role]string{access.Purchaser: "purchaser", access.Supplier: "supplier", access.Evaluator: "evaluator"} {
			if orgs[role], err = store.BusiestOrganisation(ctx, r, kind); err != nil {
				return err
			}
		}
		given, _, err = store.Assignable(ctx, r, store.ContractFilter{Limit: demoAssignments})
		return err
	})
	if err != nil {
		return err
	}
	for _, role := range access.Roles {
		if role == access.Public {
			continue
		}
		name := demoNames[role]
		if org := orgs[role]; org.Name != "" {
			name = org.Name
		}
		if _, _, err := keeper.Add(ctx, access.Draft{Login: dashboards.DemoLogin(role), Name: name, Role: role, Org: orgs[role].ID}); err != nil {
			return fmt.Errorf("demonstration: account of %s: %w", role, err)
		}
	}
	// A decision on a blacklist case takes a second person.
	if _, _, err := keeper.Add(ctx, access.Draft{Login: dashboards.DemoColleague, Name: demoNames[access.Supervision] + "（第二人）", Role: access.Supervision}); err != nil {
		return fmt.Errorf("demonstration: account of the second person: %w", err)
	}
	return demoGiven(ctx, keeper, orgs[access.Evaluator].ID, given)
}

// demoAssignments is how many contracts the demonstration's evaluator was given: half of them declared, so that both
// lists of its pages show something.
const demoAssignments = 24

var demoNames = map[access.Role]string{access.Admin: "系统管理员", access.Finance: "区财政局", access.Supervision: "区审计局"}

// demoGiven gives contracts to the demonstration's evaluator, who declares no conflict on every other one.
func demoGiven(ctx context.Context, keeper *access.Keeper, evaluator string, given []store.ContractRow) error {
	if evaluator == "" {
		return nil
	}
	var numbers, declared []string
	for i, c := range given {
		numbers = append(numbers, c.ContractNo)
		if i%2 == 0 {
			declared = append(declared, c.ContractNo)
		}
	}
	who := access.Identity{Login: "demo", Role: access.Evaluator, Org: evaluator}
	if _, err := keeper.Assign(ctx, who, evaluator, numbers, keeper.Now().AddDate(0, 0, demoDueDays)); err != nil {
		return err
	}
	_, err := keeper.Declare(ctx, who, declared, false, "")
	return err
}

// demoDueDays is when the scores of the demonstration's evaluator are due.
const demoDueDays = 21
