-- The request that made a membership, so that a repeated call finds its own.
alter table app.account_memberships add column if not exists request_id text;
