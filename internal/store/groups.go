package store

import (
	"context"
	"fmt"
	"time"
)

// Administrators is the ID and the name of the group that is always there, and whose members
// may call everything.
const Administrators = "administrators"

// MaxGroups is how many groups there can be, MaxPermissions how many permissions a user or a
// group can have.
const (
	MaxGroups      = 1000
	MaxPermissions = 1000
)

// A Group is a row of user_groups.
type Group struct {
	ID          string
	Name        string
	Description string
	Administers bool // its members may call everything
	Created     time.Time
	Members     int // how many
}

// A Permission is what one user or one group may call, or may not.
type Permission struct {
	User    string // its name, or
	Group   string // that of the group
	Allow   bool   // else it denies
	Pattern string
}

const groupColumns = `g.id, g.name, g.description, g.administers, g.created,
	(SELECT COUNT(*) FROM members m WHERE m.group_id = g.id)`

func scanGroup(scan func(...any) error) (g Group, err error) {
	var administers, created int64
	err = scan(&g.ID, &g.Name, &g.Description, &administers, &created, &g.Members)
	g.Administers, g.Created = administers != 0, instant(created)
	return g, err
}

// Groups returns all groups in the order of their names.
func (s *Store) Groups(ctx context.Context) (list []Group, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		list, err = all(ctx, q, scanGroup, `SELECT `+groupColumns+` FROM user_groups g ORDER BY g.name_key`)
		return err
	})
	return list, err
}

// Group returns the group of the name. The error is ErrNotFound if there is none.
func (s *Store) Group(ctx context.Context, name string) (g Group, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		g, err = one(ctx, q, scanGroup, `SELECT `+groupColumns+` FROM user_groups g WHERE g.name_key = $1`, Key(name))
		return err
	})
	return g, err
}

// GroupsOf returns the groups of a user in the order of their names.
func (s *Store) GroupsOf(ctx context.Context, userID string) (list []Group, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		list, err = all(ctx, q, scanGroup, `SELECT `+groupColumns+` FROM user_groups g
			JOIN members b ON b.group_id = g.id WHERE b.user_id = $1 ORDER BY g.name_key`, userID)
		return err
	})
	return list, err
}

// MembersOf returns the names of the users in the group, in order. The error is ErrNotFound
// if there is no such group.
func (s *Store) MembersOf(ctx context.Context, group string) (names []string, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		id, err := groupID(ctx, q, group)
		if err != nil {
			return err
		}
		names, err = all(ctx, q, scanText, `SELECT u.name FROM users u JOIN members b ON b.user_id = u.id
			WHERE b.group_id = $1 ORDER BY u.name_key`, id)
		return err
	})
	return names, err
}

func groupID(ctx context.Context, q querier, name string) (string, error) {
	return one(ctx, q, scanText, `SELECT id FROM user_groups WHERE name_key = $1`, Key(name))
}

// AddGroup adds a group. The error is ErrExists if there is one of that name.
func (s *Store) AddGroup(ctx context.Context, g Group, e Event) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		if n, err := count(ctx, q, "user_groups"); err != nil || n >= MaxGroups {
			return orRefusal(err, fmt.Sprintf("there are %d groups: no more are possible", n))
		}
		_, err := q.ExecContext(ctx, `INSERT INTO user_groups (id, name, name_key, description, administers, created)
			VALUES ($1, $2, $3, $4, $5, $6)`, NewID(), g.Name, Key(g.Name), g.Description, bit(g.Administers), millis(g.Created))
		if err != nil {
			return err
		}
		return note(ctx, q, e, true)
	})
}

// RemoveGroup takes the group of the name away, not its members. The error is ErrNotFound if
// there is none; that of administrators stays.
func (s *Store) RemoveGroup(ctx context.Context, name string, e Event) error {
	if Key(name) == Administrators {
		return &refusal{"the group of administrators cannot be removed"}
	}
	return s.write(ctx, func(ctx context.Context, q querier) error {
		if err := changed(q.ExecContext(ctx, `DELETE FROM user_groups WHERE name_key = $1`, Key(name))); err != nil {
			return err
		}
		return note(ctx, q, e, true)
	})
}

// Join makes the user a member of the group, if it is not one. The error is ErrNotFound if
// there is no such user or group.
func (s *Store) Join(ctx context.Context, group, user string, e Event) error {
	return s.membership(ctx, user, e, func(ctx context.Context, q querier, u User) error {
		return join(ctx, q, group, u.ID)
	})
}

func join(ctx context.Context, q querier, group, userID string) error {
	id, err := groupID(ctx, q, group)
	if err != nil {
		return fmt.Errorf("group %q: %w", group, notFound(err))
	}
	_, err = q.ExecContext(ctx, `INSERT INTO members (group_id, user_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, id, userID)
	return err
}

// Leave ends the user's membership of the group. The error is ErrNotFound if there is none.
func (s *Store) Leave(ctx context.Context, group, user string, e Event) error {
	return s.membership(ctx, user, e, func(ctx context.Context, q querier, u User) error {
		err := changed(q.ExecContext(ctx, `DELETE FROM members WHERE user_id = $1 AND group_id IN
			(SELECT id FROM user_groups WHERE name_key = $2)`, u.ID, Key(group)))
		if err != nil {
			return fmt.Errorf("group %q: %w", group, err)
		}
		return nil
	})
}

// membership has change alter what groups the user is in.
func (s *Store) membership(ctx context.Context, user string, e Event, change func(context.Context, querier, User) error) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		u, err := lockUser(ctx, q, user)
		if err != nil {
			return fmt.Errorf("user %q: %w", user, notFound(err))
		}
		if err := change(ctx, q, u); err != nil {
			return err
		}
		e.UserID, e.User = u.ID, u.Name
		return note(ctx, q, e, true)
	})
}

const permissionColumns = `COALESCE(u.name, ''), COALESCE(g.name, ''), p.allow, p.pattern
	FROM permissions p LEFT JOIN users u ON u.id = p.user_id LEFT JOIN user_groups g ON g.id = p.group_id`

func scanPermission(scan func(...any) error) (p Permission, err error) {
	var allow int64
	err = scan(&p.User, &p.Group, &allow, &p.Pattern)
	p.Allow = allow != 0
	return p, err
}

// PermissionsOfGroup returns those of the group with the ID.
func (s *Store) PermissionsOfGroup(ctx context.Context, id string) ([]Permission, error) {
	return s.permissions(ctx, ` WHERE p.group_id = $1 ORDER BY p.allow, p.pattern`, id)
}

// PermissionsFor returns those that count for the user with the ID: his own, and those of his
// groups.
func (s *Store) PermissionsFor(ctx context.Context, id string) ([]Permission, error) {
	return s.permissions(ctx, ` WHERE p.user_id = $1 OR p.group_id IN (SELECT group_id FROM members WHERE user_id = $1)
		ORDER BY 2, p.allow, p.pattern`, id)
}

func (s *Store) permissions(ctx context.Context, where, id string) (list []Permission, err error) {
	err = s.read(ctx, func(ctx context.Context, q querier) error {
		list, err = all(ctx, q, scanPermission, `SELECT `+permissionColumns+where, id)
		return err
	})
	return list, err
}

// SetPermission gives p to the user or group that it names, in the place of another with the
// same pattern. The error is ErrNotFound if there is no such user or group.
func (s *Store) SetPermission(ctx context.Context, p Permission, e Event) error {
	return s.permission(ctx, p, e, func(ctx context.Context, q querier, o owner) error {
		var has int64
		if err := q.QueryRowContext(ctx, `SELECT COUNT(*) FROM permissions WHERE `+o.column+` = $1`, o.id).Scan(&has); err != nil || has >= MaxPermissions {
			return orRefusal(err, fmt.Sprintf("there are %d permissions already: no more are possible", has))
		}
		_, err := q.ExecContext(ctx, `INSERT INTO permissions (id, `+o.column+`, allow, pattern) VALUES ($1, $2, $3, $4)
			ON CONFLICT (`+o.column+`, pattern) WHERE `+o.column+` IS NOT NULL DO UPDATE SET allow = excluded.allow`,
			NewID(), o.id, bit(p.Allow), p.Pattern)
		return err
	})
}

// RemovePermission takes what has the pattern of p from the user or group that p names. The error is
// ErrNotFound if it has none.
func (s *Store) RemovePermission(ctx context.Context, p Permission, e Event) error {
	return s.permission(ctx, p, e, func(ctx context.Context, q querier, o owner) error {
		return changed(q.ExecContext(ctx, `DELETE FROM permissions WHERE `+o.column+` = $1 AND pattern = $2`, o.id, p.Pattern))
	})
}

// owner is the user or group that has permissions.
type owner struct{ column, id string }

func (s *Store) permission(ctx context.Context, p Permission, e Event, change func(context.Context, querier, owner) error) error {
	return s.write(ctx, func(ctx context.Context, q querier) error {
		o, err := ownerOf(ctx, q, p, &e)
		if err != nil {
			return err
		}
		if err := change(ctx, q, o); err != nil {
			return err
		}
		return note(ctx, q, e, true)
	})
}

// ownerOf finds whose permission p is, and names the user in e.
func ownerOf(ctx context.Context, q querier, p Permission, e *Event) (owner, error) {
	if p.Group != "" {
		id, err := groupID(ctx, q, p.Group)
		if err != nil {
			return owner{}, fmt.Errorf("group %q: %w", p.Group, notFound(err))
		}
		return owner{"group_id", id}, nil
	}
	u, err := lockUser(ctx, q, p.User)
	if err != nil {
		return owner{}, fmt.Errorf("user %q: %w", p.User, notFound(err))
	}
	e.UserID, e.User = u.ID, u.Name
	return owner{"user_id", u.ID}, nil
}
