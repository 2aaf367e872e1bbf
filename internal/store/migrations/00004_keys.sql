-- The public keys by which servers on this database verify each other's access tokens. Until
-- is when the last token ends that the key has signed.

-- +goose Up
CREATE TABLE public_keys (
	issuer     TEXT NOT NULL,
	id         TEXT NOT NULL,
	public_key TEXT NOT NULL,
	until      BIGINT NOT NULL,
	PRIMARY KEY (issuer, id)
);
