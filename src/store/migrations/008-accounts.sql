-- The accounts of the organization as AWS Organizations listed them last, for all processes, and when each account was or is to be looked at.
-- A refresh that fails changes nothing but `problem`: the last list stays, and its age is told.

CREATE TABLE cordon.organization (
  one           boolean PRIMARY KEY DEFAULT true CHECK (one),
  management_id text,
  -- Raised by each refresh that changed something, so that a process sees in one row whether its copy is the newest.
  revision      bigint NOT NULL DEFAULT 0,
  refreshed_at  timestamptz,
  due_at        timestamptz NOT NULL DEFAULT clock_timestamp(),
  problem       json,
  CHECK ((refreshed_at IS NULL) = (management_id IS NULL))
);

CREATE TABLE cordon.account (
  id    text PRIMARY KEY CHECK (id ~ '^[0-9]{12}$'),
  name  text NOT NULL,
  state text NOT NULL,
  units json NOT NULL,
  tags  json NOT NULL
);

CREATE TABLE cordon.account_check (
  account_id text PRIMARY KEY,
  due_at     timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- While a role rests nobody asks for it, in whatever process: the row is the circuit breaker.
ALTER TABLE cordon.account_health ADD COLUMN rests_until timestamptz;
-- The Regions that are switched on in the account, as it said itself last; null until it was asked.
ALTER TABLE cordon.account_health ADD COLUMN enabled_regions json;
