package auth

import (
	"context"
	"time"

	"appserver/internal/store"
)

// UserInfo describes a user.
type UserInfo struct {
	Name          string    `json:"name"`
	FullName      string    `json:"fullName,omitzero"`
	Email         string    `json:"email,omitzero"`
	State         string    `json:"state"`   // may call, or why not: blocked, out of hours, password expired
	Blocked       bool      `json:"blocked"` // now
	BlockedReason string    `json:"blockedReason,omitzero"`
	BlockedFrom   time.Time `json:"blockedFrom,omitzero"`
	BlockedUntil  time.Time `json:"blockedUntil,omitzero"`
	Hours         string    `json:"hours,omitzero"`
	MaxSessions   int       `json:"maxSessions,omitzero"`
	Created       time.Time `json:"created"`
	Changed       time.Time `json:"changed"` // the password
	LastLogin     time.Time `json:"lastLogin,omitzero"`
}

// UserDetails describe a user with what he is in and may call.
type UserDetails struct {
	UserInfo
	Groups      []string         `json:"groups"`
	Permissions []PermissionInfo `json:"permissions"` // his own, and those of his groups
}

// PermissionInfo describes a permission.
type PermissionInfo struct {
	Group   string `json:"group,omitzero"` // whose it is; "": the user's own
	Allow   bool   `json:"allow"`
	Pattern string `json:"pattern"`
}

// GroupDetails describe a group.
type GroupDetails struct {
	Name        string           `json:"name"`
	Description string           `json:"description,omitzero"`
	Administers bool             `json:"administers"`
	Created     time.Time        `json:"created,omitzero"`
	Members     []string         `json:"members"`
	Permissions []PermissionInfo `json:"permissions"`
}

func (u *Users) info(x store.User) UserInfo {
	state := u.state(x)
	return UserInfo{
		Name: x.Name, FullName: x.FullName, Email: x.Email,
		State: state, Blocked: state == stateBlocked, BlockedReason: x.BlockedReason, BlockedFrom: x.BlockedFrom, BlockedUntil: x.BlockedUntil,
		Hours: x.Hours, MaxSessions: x.MaxSessions, Created: x.Created, Changed: x.PasswordChanged, LastLogin: x.LastLogin,
	}
}

// state says whether a user may log in now, or why not.
func (u *Users) state(x store.User) string {
	now := u.o.Now()
	a, err := newAccount(x)
	if err != nil {
		return "hours unknown"
	}
	if reason := a.refused(now, u.o.Location); reason != "" {
		return reason
	}
	if u.policy.Load().expired(x.PasswordChanged, now) {
		return "password expired"
	}
	return "may call"
}

// List describes the users, in the order of their names.
func (u *Users) List(ctx context.Context) ([]UserInfo, error) {
	found, err := u.store.Users(ctx)
	list := make([]UserInfo, len(found))
	for i, x := range found {
		list[i] = u.info(x)
	}
	return list, err
}

// Show describes a user. The error is ErrUnknown if there is none of that name.
func (u *Users) Show(ctx context.Context, name string) (UserDetails, error) {
	x, err := u.store.UserByName(ctx, name)
	if err != nil {
		return UserDetails{}, u.changed("user", name, err)
	}
	d := UserDetails{UserInfo: u.info(x), Groups: []string{}}
	groups, err := u.store.GroupsOf(ctx, x.ID)
	if err != nil {
		return d, err
	}
	for _, g := range groups {
		d.Groups = append(d.Groups, g.Name)
	}
	permissions, err := u.store.PermissionsFor(ctx, x.ID)
	d.Permissions = permissionInfos(permissions)
	return d, err
}

func permissionInfos(list []Permission) []PermissionInfo {
	infos := []PermissionInfo{}
	for _, p := range list {
		infos = append(infos, PermissionInfo{Group: p.Group, Allow: p.Allow, Pattern: p.Pattern})
	}
	return infos
}

// Groups returns all groups in the order of their names.
func (u *Users) Groups(ctx context.Context) ([]Group, error) { return u.store.Groups(ctx) }

// ShowGroup describes a group. The error is ErrUnknown if there is none of that name.
func (u *Users) ShowGroup(ctx context.Context, name string) (GroupDetails, error) {
	g, err := u.store.Group(ctx, name)
	if err != nil {
		return GroupDetails{}, u.changed("group", name, err)
	}
	d := GroupDetails{Name: g.Name, Description: g.Description, Administers: g.Administers, Created: g.Created}
	if d.Members, err = u.store.MembersOf(ctx, g.Name); err != nil {
		return d, err
	}
	permissions, err := u.store.PermissionsOfGroup(ctx, g.ID)
	d.Permissions = permissionInfos(permissions)
	return d, err
}

// Events returns the events of the record that are chosen, in the order in which they
// happened.
func (u *Users) Events(ctx context.Context, q store.EventQuery) ([]Event, error) {
	return u.store.Events(ctx, q)
}
