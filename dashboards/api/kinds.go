package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"pingxin/dashboards/access"
	"pingxin/pipelines/intake"
	"pingxin/pipelines/store"
)

// KindPath names a kind of file.
type KindPath struct {
	Kind string `path:"kind" maxLength:"100" doc:"Kind of file, such as score"`
}

type templateIn struct {
	KindPath
	Lang string `query:"lang" enum:"zh,en" default:"zh" doc:"Language of the header"`
}

// template is an example file.
type template struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// Me is who asks, and what they may do here.
type Me struct {
	Account   string `doc:"Empty for the public"`
	Name      string
	Role      string
	Org       string   `doc:"Organisation that the account acts for"`
	Actions   []string `doc:"What the role and the token allow together"`
	Kinds     []string `doc:"Kinds of file that the account may bring"`
	Party     string   `doc:"Party as which it scores; empty: any"`
	Contracts string   `doc:"Contracts that it sees: all, own, assigned or none"`
}

// registerKinds lists what everyone may read, and who asks.
func (a *API) registerKinds() {
	handle(a, a.operation(access.ReadPublic, "me", http.MethodGet, "/me", "Who asks, and what they may do"),
		func(ctx context.Context, _ *struct{}) (*answer[Me], error) { return write(ctx, 0, me(ctx)) })
	handle(a, a.operation(access.ReadPublic, "list-kinds", http.MethodGet, "/kinds", "Kinds of file with their columns, in an order in which they can be brought"),
		func(ctx context.Context, _ *struct{}) (*answer[[]intake.Kind], error) {
			return write(ctx, 0, intake.Kinds())
		})
	handle(a, a.operation(access.ReadPublic, "get-schema", http.MethodGet, "/kinds/{kind}/schema", "The Frictionless Table Schema of a kind"),
		func(ctx context.Context, in *KindPath) (*answer[json.RawMessage], error) {
			kind, err := kindOf(in.Kind)
			if err != nil {
				return nil, err
			}
			return write(ctx, 0, json.RawMessage(intake.Schema(kind)))
		})
	op := a.operation(access.ReadPublic, "get-template", http.MethodGet, "/kinds/{kind}/template", "An example file of a kind")
	fileAnswer(&op, "text/csv")
	handle(a, op, func(_ context.Context, in *templateIn) (*template, error) {
		kind, err := kindOf(in.Kind)
		if err != nil {
			return nil, err
		}
		return &template{"text/csv; charset=utf-8", fmt.Sprintf(`attachment; filename="%s.csv"`, kind.Name), intake.Template(kind, in.Lang)}, nil
	})
}

func kindOf(name string) (intake.Kind, error) {
	kind, err := intake.KindOf(name)
	if err != nil {
		return kind, problem(missing, err.Error())
	}
	return kind, nil
}

func me(ctx context.Context) Me {
	i := access.From(ctx)
	m := Me{Account: i.Account, Name: i.Name, Role: string(i.Role), Org: i.Org, Kinds: i.Kinds(), Party: i.Party(), Contracts: contracts(i.Scope())}
	for _, action := range access.Actions {
		if may(ctx, action) {
			m.Actions = append(m.Actions, string(action))
		}
	}
	return m
}

// contracts says in a word what a scope reaches.
func contracts(s store.Scope) string {
	switch {
	case s.All:
		return "all"
	case s.Evaluator != "":
		return "assigned"
	case s != store.Scope{}:
		return "own"
	}
	return "none"
}
