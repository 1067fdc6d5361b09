package access

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"strings"
	"time"
)

// setupLimit is how long the code for the first account works: long enough to walk from the console to a desk.
const setupLimit = time.Hour

// setupCode lets whoever reads the console make the first account, once.
type setupCode struct {
	hash  string // empty: none
	until time.Time
}

// SetupCode makes the code by which the first admin is made; empty when there is an account already. A later code
// replaces an earlier one.
func (k *Keeper) SetupCode() (code string, until time.Time) {
	if !k.Empty() {
		return "", time.Time{}
	}
	letters := rand.Text()
	k.mu.Lock()
	defer k.mu.Unlock()
	k.setup = setupCode{hash: hashOf(letters[:16]), until: k.now().Add(setupLimit)}
	return letters[:4] + "-" + letters[4:8] + "-" + letters[8:12] + "-" + letters[12:16], k.setup.until
}

// SetUp makes the first admin by the code of the console, and signs it in to enrol its second factor.
func (k *Keeper) SetUp(ctx context.Context, code string, d Draft, password string, from Client) (Outcome, error) {
	if !k.Empty() {
		return Outcome{}, refuse("setup_closed")
	}
	if wait := k.throttle.begin("setup", from.Address); wait > 0 {
		return Outcome{}, &ThrottledError{wait}
	}
	if !k.setupIs(code) {
		return Outcome{}, refuse("code_wrong")
	}
	k.throttle.succeed("setup", from.Address)
	d.Role = Admin
	shown, err := k.add(ctx, d, password, false)
	if err != nil {
		return Outcome{}, err
	}
	k.mu.Lock()
	k.setup = setupCode{}
	k.mu.Unlock()
	a, err := k.account(shown.ID)
	if err != nil {
		return Outcome{}, err
	}
	return k.enter(ctx, a, "setup code", false, from)
}

func (k *Keeper) setupIs(code string) bool {
	letters := strings.ToUpper(strings.NewReplacer("-", "", " ", "").Replace(code))
	k.mu.RLock()
	defer k.mu.RUnlock()
	return k.setup.hash != "" && k.now().Before(k.setup.until) && subtle.ConstantTimeCompare([]byte(hashOf(letters)), []byte(k.setup.hash)) == 1
}
