-- Users, groups, and what they may call. Times are milliseconds of Unix time, 0 for none;
-- truths are 0 and 1; name_key is the name as it is compared.

-- +goose Up
CREATE TABLE counters (
	name  TEXT PRIMARY KEY,
	value BIGINT NOT NULL
);
INSERT INTO counters (name, value) VALUES ('version', 1);

CREATE TABLE users (
	id               TEXT PRIMARY KEY,
	name             TEXT NOT NULL,
	name_key         TEXT NOT NULL UNIQUE,
	full_name        TEXT NOT NULL,
	email            TEXT NOT NULL,
	hash             TEXT NOT NULL,
	blocked          BIGINT NOT NULL,
	blocked_reason   TEXT NOT NULL,
	blocked_from     BIGINT NOT NULL,
	blocked_until    BIGINT NOT NULL,
	created          BIGINT NOT NULL,
	password_changed BIGINT NOT NULL,
	version          BIGINT NOT NULL
);

CREATE TABLE old_passwords (
	user_id TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	hash    TEXT NOT NULL,
	ended   BIGINT NOT NULL
);
CREATE INDEX old_passwords_of ON old_passwords (user_id, ended);

CREATE TABLE user_groups (
	id          TEXT PRIMARY KEY,
	name        TEXT NOT NULL,
	name_key    TEXT NOT NULL UNIQUE,
	description TEXT NOT NULL,
	administers BIGINT NOT NULL,
	created     BIGINT NOT NULL
);
INSERT INTO user_groups (id, name, name_key, description, administers, created)
	VALUES ('administrators', 'administrators', 'administrators', 'may call everything', 1, 0);

CREATE TABLE members (
	group_id TEXT NOT NULL REFERENCES user_groups (id) ON DELETE CASCADE,
	user_id  TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	PRIMARY KEY (group_id, user_id)
);
CREATE INDEX members_by_user ON members (user_id);

-- Each permission belongs to a user or to a group.
CREATE TABLE permissions (
	id       TEXT PRIMARY KEY,
	user_id  TEXT REFERENCES users (id) ON DELETE CASCADE,
	group_id TEXT REFERENCES user_groups (id) ON DELETE CASCADE,
	allow    BIGINT NOT NULL,
	pattern  TEXT NOT NULL,
	CHECK ((user_id IS NULL) <> (group_id IS NULL))
);
CREATE UNIQUE INDEX permissions_of_users ON permissions (user_id, pattern) WHERE user_id IS NOT NULL;
CREATE UNIQUE INDEX permissions_of_groups ON permissions (group_id, pattern) WHERE group_id IS NOT NULL;
