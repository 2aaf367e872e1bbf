-- When users may call and from how many places, what was tried, and the record of it.

-- +goose Up
ALTER TABLE users ADD COLUMN hours TEXT NOT NULL DEFAULT '';
ALTER TABLE users ADD COLUMN max_sessions BIGINT NOT NULL DEFAULT 0;
ALTER TABLE users ADD COLUMN last_login BIGINT NOT NULL DEFAULT 0;

-- Failures by name, by network, or by both; trusted is when that user last logged in from
-- that network. What it is about is in the key as a sum only.
CREATE TABLE attempts (
	key      TEXT PRIMARY KEY,
	failures BIGINT NOT NULL,
	since    BIGINT NOT NULL,
	trusted  BIGINT NOT NULL
);
CREATE INDEX attempts_by_time ON attempts (since);

-- Class is change, login or refusal: each is pruned by itself.
CREATE TABLE audit (
	id        TEXT PRIMARY KEY,
	at        BIGINT NOT NULL,
	class     TEXT NOT NULL,
	action    TEXT NOT NULL,
	user_id   TEXT NOT NULL,
	user_name TEXT NOT NULL,
	by_name   TEXT NOT NULL,
	from_addr TEXT NOT NULL,
	detail    TEXT NOT NULL
);
CREATE INDEX audit_by_class ON audit (class, id);
CREATE INDEX audit_by_user ON audit (user_id, id);
