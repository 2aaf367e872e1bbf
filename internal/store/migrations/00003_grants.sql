-- Sessions of users who have signed in for tokens: a session is a refresh token and all that
-- have taken its place. Of tokens only sums are kept.

-- +goose Up
CREATE TABLE sessions (
	id        TEXT PRIMARY KEY,
	user_id   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	from_addr TEXT NOT NULL,
	created   BIGINT NOT NULL,
	used      BIGINT NOT NULL,
	expires   BIGINT NOT NULL,
	ended     BIGINT NOT NULL,
	reason    TEXT NOT NULL
);
CREATE INDEX sessions_of_users ON sessions (user_id, used);
CREATE INDEX sessions_by_end ON sessions (expires);

CREATE TABLE session_tokens (
	sum        TEXT PRIMARY KEY,
	session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
	created    BIGINT NOT NULL,
	used       BIGINT NOT NULL
);
CREATE INDEX session_tokens_of ON session_tokens (session_id, created);
