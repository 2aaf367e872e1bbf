package auth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/mail"
	"time"
	"unicode"
	"unicode/utf8"

	"appserver/internal/store"
)

// Actor is who changes something, for the record.
type Actor struct {
	Name string // of a user, or of the account of the machine
	From string // an address, or: command line
}

// Event is one of the record of changes, logins and refusals.
type Event = store.Event

// Group is a group of users.
type Group = store.Group

// Permission is what a user or a group may call, or may not.
type Permission = store.Permission

// Profile is what is known of a user beside his name.
type Profile struct {
	FullName    string
	Email       string
	MaxSessions int    // at the same time, up to store.MaxSessions; 0: as the configuration says
	Hours       string // as ParseHours reads them
}

// maxText bounds what is known of users, in bytes.
const maxText = 200

// check returns why p cannot be, or nil.
func (p Profile) check() error {
	if err := cmp.Or(checkText("full name", p.FullName), checkText("e-mail address", p.Email), checkText("list of hours", p.Hours)); err != nil {
		return err
	}
	if p.Email != "" {
		if a, err := mail.ParseAddress(p.Email); err != nil || a.Address != p.Email {
			return fmt.Errorf("%q is no e-mail address: name@example.com is of the form", p.Email)
		}
	}
	if p.MaxSessions < 0 || p.MaxSessions > store.MaxSessions {
		return fmt.Errorf("%d sessions are not possible; 0 to %d are", p.MaxSessions, store.MaxSessions)
	}
	_, err := ParseHours(p.Hours)
	return err
}

// checkText returns why something cannot be a text that people read, or nil.
func checkText(what, text string) error {
	if len(text) > maxText {
		return fmt.Errorf("the %s is longer than %d bytes", what, maxText)
	}
	if !utf8.ValidString(text) {
		return fmt.Errorf("the %s is not UTF-8", what)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("the %s %q has a character that cannot be seen", what, text)
		}
	}
	return nil
}

// event is one of a change.
func (u *Users) event(by Actor, action, detail string) Event {
	return Event{At: u.o.Now(), Class: store.Change, Action: action, By: by.Name, From: by.From, Detail: detail}
}

// changed has everybody notice a change, and names in its error whom it was about, if that
// does not.
func (u *Users) changed(what, name string, err error) error {
	u.known.forget()
	named := errors.Unwrap(err) != nil // by the store, which knows whether the user or the group is missing
	if !named && (errors.Is(err, ErrExists) || errors.Is(err, ErrUnknown)) {
		return fmt.Errorf("%s %q: %w", what, name, err)
	}
	return err
}

// Add adds a user, who is in the groups. The error is ErrExists if there is one of that name.
func (u *Users) Add(ctx context.Context, by Actor, name, password string, p Profile, groups ...string) error {
	n, err := u.newUser(name, password, p)
	if err != nil {
		return err
	}
	return u.changed("user", name, u.store.AddUser(ctx, n, groups, u.event(by, "user.add", groupsText(groups))))
}

// AddFirst is Add if there is no user at all; else it reports false.
func (u *Users) AddFirst(ctx context.Context, by Actor, name, password string, groups ...string) (bool, error) {
	if n, err := u.store.CountUsers(ctx); err != nil || n > 0 {
		return false, err
	}
	n, err := u.newUser(name, password, Profile{})
	if err != nil {
		return false, err
	}
	added, err := u.store.AddFirstUser(ctx, n, groups, u.event(by, "user.add", groupsText(groups)))
	return added, u.changed("user", name, err)
}

func groupsText(groups []string) string {
	if len(groups) == 0 {
		return ""
	}
	return fmt.Sprintf("in %q", groups)
}

func (u *Users) newUser(name, password string, p Profile) (store.User, error) {
	if err := cmp.Or(CheckName(name), u.policy.Load().checkPassword(password), p.check()); err != nil {
		return store.User{}, err
	}
	now := u.o.Now()
	return store.User{
		Name: name, FullName: p.FullName, Email: p.Email, Hours: p.Hours, MaxSessions: p.MaxSessions,
		Hash: hashPassword(password, u.o.Cost).String(), Created: now, PasswordChanged: now,
	}, nil
}

// SetPassword gives a user another password, which ends his sessions. The error is ErrUnknown
// if there is no such user, and a *PasswordError if the password cannot be taken.
func (u *Users) SetPassword(ctx context.Context, by Actor, name, password string) error {
	h, err := u.newHash(ctx, name, password)
	if err == nil {
		err = u.store.SetPassword(ctx, name, h, u.event(by, "user.password", ""))
	}
	return u.changed("user", name, err)
}

// ChangePassword has a user exchange the password of an attempt for another one, which ends
// his sessions. The attempt counts as one at logging in, and its errors are those of Check,
// but that the password may have expired. Else the error is a *PasswordError if the other
// password cannot be taken, and ErrChanged if somebody has changed the user meanwhile.
func (u *Users) ChangePassword(ctx context.Context, a Attempt, password string) error {
	who, err := u.check(ctx, a)
	if err != nil && !errors.Is(err, ErrPasswordExpired) {
		return err
	}
	changed, err := take(ctx, u.changing)
	if err != nil {
		return err
	}
	defer changed()
	done, err := u.begin(ctx)
	if err != nil {
		return err
	}
	defer done()
	return u.exchangePassword(ctx, who, fromText(a), password)
}

// exchangePassword gives a principal who has shown his password another one.
func (u *Users) exchangePassword(ctx context.Context, who Principal, from, password string) error {
	h, err := u.newHash(ctx, who.Name, password)
	if err == nil {
		e := u.event(Actor{who.Name, from}, "user.password", "by the user")
		e.Class = store.Login // as often as he likes: it must not push out what others have changed
		err = u.store.ExchangePassword(ctx, who.ID, who.version, h, e)
	}
	u.known.forget()
	if errors.Is(err, ErrUnknown) {
		return ErrChanged
	}
	return err
}

// newHash makes the hash of another password of a user, if he may take that.
func (u *Users) newHash(ctx context.Context, name, password string) (h store.NewHash, err error) {
	p := *u.policy.Load()
	if err := p.checkPassword(password); err != nil {
		return h, err
	}
	if err := u.notUsedLately(ctx, p, name, password); err != nil {
		return h, err
	}
	return store.NewHash{Hash: hashPassword(password, u.o.Cost).String(), At: u.o.Now(), Keep: min(p.PasswordHistory, MaxHistory)}, nil
}

// notUsedLately returns why the password of a user cannot be taken again, or nil.
func (u *Users) notUsedLately(ctx context.Context, p Policy, name, password string) error {
	old, err := u.store.Passwords(ctx, name)
	if err != nil || p.PasswordHistory == 0 {
		return err
	}
	for _, text := range old[:min(len(old), 1+min(p.PasswordHistory, MaxHistory))] {
		h, err := parseHash(text)
		if err != nil {
			return err
		}
		if u.fits(h, password) {
			return unfit("the password is the present one, or one of the last %d: choose another", p.PasswordHistory)
		}
	}
	return nil
}

// Blocking says why and for how long a user is kept out.
type Blocking struct {
	Reason      string
	From, Until time.Time // zero: at once, for ever
}

// Block keeps a user out, and ends his sessions. The error is ErrUnknown if there is no such
// user.
func (u *Users) Block(ctx context.Context, by Actor, name string, b Blocking) error {
	if err := checkText("reason", b.Reason); err != nil {
		return err
	}
	if !b.Until.IsZero() && (!b.Until.After(u.o.Now()) || !b.Until.After(b.From)) {
		return fmt.Errorf("the user would be blocked until %s, which is over", b.Until.Format(time.RFC3339))
	}
	e := u.event(by, "user.block", b.Reason)
	return u.changed("user", name, u.store.UpdateUser(ctx, name, e, func(x *store.User) error {
		x.Blocked, x.BlockedReason, x.BlockedFrom, x.BlockedUntil = true, b.Reason, b.From, b.Until
		return nil
	}))
}

// Unblock lets a user in again, and forgets his wrong passwords. The error is ErrUnknown if
// there is no such user.
func (u *Users) Unblock(ctx context.Context, by Actor, name string) error {
	err := u.store.UpdateUser(ctx, name, u.event(by, "user.unblock", ""), func(x *store.User) error {
		x.Blocked, x.BlockedReason, x.BlockedFrom, x.BlockedUntil = false, "", time.Time{}, time.Time{}
		return nil
	})
	if err == nil {
		key, _, _ := keysOf(Attempt{Name: name})
		err = u.store.Forgive(ctx, key)
	}
	return u.changed("user", name, err)
}

// Change has change alter what is known of a user. The error is ErrUnknown if there is no
// such user.
func (u *Users) Change(ctx context.Context, by Actor, name string, change func(*Profile)) error {
	e := u.event(by, "user.change", "")
	return u.changed("user", name, u.store.UpdateUser(ctx, name, e, func(x *store.User) error {
		p := Profile{x.FullName, x.Email, x.MaxSessions, x.Hours}
		change(&p)
		x.FullName, x.Email, x.MaxSessions, x.Hours = p.FullName, p.Email, p.MaxSessions, p.Hours
		return p.check()
	}))
}

// Remove takes a user away, with his sessions and permissions; the record of what he did
// stays. The error is ErrUnknown if there is no such user.
func (u *Users) Remove(ctx context.Context, by Actor, name string) error {
	return u.changed("user", name, u.store.RemoveUser(ctx, name, u.event(by, "user.remove", "")))
}

// AddGroup adds a group. The error is ErrExists if there is one of that name. Members of one
// that administers may call everything.
func (u *Users) AddGroup(ctx context.Context, by Actor, name, description string, administers bool) error {
	if err := cmp.Or(CheckName(name), checkText("description", description)); err != nil {
		return err
	}
	g := store.Group{Name: name, Description: description, Administers: administers, Created: u.o.Now()}
	return u.changed("group", name, u.store.AddGroup(ctx, g, u.event(by, "group.add", name)))
}

// RemoveGroup takes a group away, not its members. The error is ErrUnknown if there is none.
func (u *Users) RemoveGroup(ctx context.Context, by Actor, name string) error {
	return u.changed("group", name, u.store.RemoveGroup(ctx, name, u.event(by, "group.remove", name)))
}

// Join makes a user a member of a group. The error is ErrUnknown if there is none of them.
func (u *Users) Join(ctx context.Context, by Actor, group, user string) error {
	return u.changed("user", user, u.store.Join(ctx, group, user, u.event(by, "group.join", group)))
}

// Leave ends a membership. The error is ErrUnknown if there is none.
func (u *Users) Leave(ctx context.Context, by Actor, group, user string) error {
	return u.changed("user", user, u.store.Leave(ctx, group, user, u.event(by, "group.leave", group)))
}

// SetPermission gives p to the user or group that it names; another with that pattern is
// replaced. The error is ErrUnknown if there is no such user or group.
func (u *Users) SetPermission(ctx context.Context, by Actor, p Permission) error {
	pattern, err := ParsePattern(p.Pattern)
	if err != nil {
		return err
	}
	p.Pattern = pattern.String()
	action := "permission.deny"
	if p.Allow {
		action = "permission.allow"
	}
	return u.changed("", "", u.store.SetPermission(ctx, p, u.event(by, action, permissionText(p))))
}

// RemovePermission takes what has the pattern of p from the user or group that it names. The
// error is ErrUnknown if there is no such thing.
func (u *Users) RemovePermission(ctx context.Context, by Actor, p Permission) error {
	pattern, err := ParsePattern(p.Pattern)
	if err != nil {
		return err
	}
	p.Pattern = pattern.String()
	return u.changed("permission", p.Pattern, u.store.RemovePermission(ctx, p, u.event(by, "permission.remove", permissionText(p))))
}

func permissionText(p Permission) string {
	if p.Group != "" {
		return "group " + p.Group + ": " + p.Pattern
	}
	return p.Pattern
}

// Record records an event, now.
func (u *Users) Record(ctx context.Context, e Event) error {
	e.At = u.o.Now()
	return u.store.Record(ctx, e)
}
