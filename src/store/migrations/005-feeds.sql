-- What is polled: one row for each product and Region that is asked for findings.
CREATE TABLE cordon.feed (
  name             text PRIMARY KEY,
  -- The newest change that is stored; reading begins a little before it.
  cursor           timestamptz NOT NULL,
  first_connect_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  last_ok_at       timestamptz,
  last_error       json,
  -- Why there is nothing to read though nothing is wrong: GuardDuty is not enabled in that Region.
  note             text,
  lease_owner      text,
  lease_until      timestamptz,
  next_due_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
);
-- The open findings of GuardDuty in a Region are looked at again: archiving one there changes no time.
CREATE INDEX finding_open_in_guardduty ON cordon.finding ((document ->> 'region')) WHERE state = 'active' AND (document ->> 'source') = 'guardduty';
