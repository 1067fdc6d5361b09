package access

import (
	"context"

	"pingxin/pipelines/store"
)

// ChangePassword changes the password of who is asking, ends all its sessions and begins a new one.
func (k *Keeper) ChangePassword(ctx context.Context, who Identity, present, next string, from Client) (Outcome, error) {
	if wait := k.throttle.begin(who.Login, from.Address); wait > 0 {
		return Outcome{}, &ThrottledError{wait}
	}
	a, err := k.account(who.Account)
	if err != nil {
		return Outcome{}, err
	}
	right, err := k.hasher.matches(ctx, present, a.Password)
	switch {
	case err != nil:
		return Outcome{}, err
	case !right:
		return Outcome{}, refuse("password_wrong")
	case present == next:
		return Outcome{}, refuse("password_same")
	}
	k.throttle.succeed(who.Login, from.Address)
	if err := k.setPassword(ctx, who.Account, next, false); err != nil {
		return Outcome{}, err
	}
	return k.rotate(ctx, who, from)
}

// rotate ends all sessions of who is asking and begins a new one, after something that proves or changes who they are.
func (k *Keeper) rotate(ctx context.Context, who Identity, from Client) (Outcome, error) {
	shown := false
	for _, s := range k.sessions.of(who.Account, k.now()) {
		shown = shown || s.ID == who.session && s.Shown
	}
	if err := k.sessions.end(func(s *session) bool { return s.Account == who.Account }); err != nil {
		return Outcome{}, err
	}
	a, err := k.account(who.Account)
	if err != nil {
		return Outcome{}, err
	}
	secret, err := k.session(a, whole, shown, from)
	return Outcome{Secret: secret, Incomplete: !shown && incomplete(a)}, err
}

// Enrolment is a second factor that is offered and not yet confirmed.
type Enrolment struct {
	Secret  string // to be typed where nothing can be scanned
	Address string // what the authenticator scans
}

// issuerName stands above the codes in an authenticator.
const issuerName = "Pingxin"

// OfferFactor makes a second factor for who is asking. It holds only after ConfirmFactor.
func (k *Keeper) OfferFactor(who Identity) Enrolment {
	secret := newFactor()
	return Enrolment{Secret: secret, Address: factorAddress(issuerName, who.Login, secret)}
}

// AgainFactor is the same offer again, as after a wrong code.
func (k *Keeper) AgainFactor(who Identity, secret string) Enrolment {
	return Enrolment{Secret: secret, Address: factorAddress(issuerName, who.Login, secret)}
}

// ConfirmFactor keeps a second factor that was offered once its first code is right, and returns recovery codes, which
// are shown once. The other sessions end.
func (k *Keeper) ConfirmFactor(ctx context.Context, who Identity, secret, code string, from Client) (recovery []string, o Outcome, err error) {
	if wait := k.throttle.begin(who.Login, from.Address); wait > 0 {
		return nil, Outcome{}, &ThrottledError{wait}
	}
	step, right := factorStepOf(secret, code, 0, k.now())
	if !right {
		return nil, Outcome{}, refuse("code_wrong")
	}
	k.throttle.succeed(who.Login, from.Address)
	recovery, hashes := newRecovery()
	err = k.change(ctx, who.Account, AuditFactor, func(a *store.Account) (string, error) {
		a.Factor, a.FactorStep, a.Recovery = secret, step, hashes
		return "enrolled", nil
	})
	if err != nil {
		return nil, Outcome{}, err
	}
	o, err = k.rotate(ctx, who, from)
	return recovery, o, err
}

// DropFactor takes the second factor of who is asking away, after a last code of it; an admin's cannot be.
func (k *Keeper) DropFactor(ctx context.Context, who Identity, code string, from Client) (Outcome, error) {
	if who.Role == Admin {
		return Outcome{}, refuse("factor_needed")
	}
	if wait := k.throttle.begin(who.Login, from.Address); wait > 0 {
		return Outcome{}, &ThrottledError{wait}
	}
	if err := k.useCode(ctx, who.Account, code); err != nil {
		return Outcome{}, err
	}
	k.throttle.succeed(who.Login, from.Address)
	err := k.change(ctx, who.Account, AuditFactor, func(a *store.Account) (string, error) {
		a.Factor, a.FactorStep, a.Recovery = "", 0, nil
		return "dropped", nil
	})
	if err != nil {
		return Outcome{}, err
	}
	return k.rotate(ctx, who, from)
}
