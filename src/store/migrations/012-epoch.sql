-- Which life of the records this is: raised by `cordon restore-epoch` after a restore from a backup, which voids every approval from before.
ALTER TABLE cordon.deployment
  ADD COLUMN epoch integer NOT NULL DEFAULT 1 CHECK (epoch > 0),
  -- What shows that the database is older than it was: while it is there, no run is claimed.
  ADD COLUMN restored_sign json,
  ADD COLUMN restored_seen_at timestamptz,
  ADD CHECK ((restored_sign IS NULL) = (restored_seen_at IS NULL));

CREATE FUNCTION cordon.epoch_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.epoch < OLD.epoch OR (OLD.restored_sign IS NOT NULL AND NEW.restored_sign IS NULL AND NEW.epoch = OLD.epoch) THEN
    RAISE EXCEPTION 'after a restore only a new epoch goes on' USING ERRCODE = 'CD006';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER epoch_grows BEFORE UPDATE OR DELETE ON cordon.deployment
  FOR EACH ROW EXECUTE FUNCTION cordon.epoch_grows();

-- Ends of the audit chain that lie outside the database and that a restore has left behind. Each is named in a signed audit row.
CREATE TABLE cordon.abandoned_end (
  seq   bigint NOT NULL CHECK (seq > 0),
  hash  text NOT NULL,
  epoch integer NOT NULL,
  PRIMARY KEY (seq, hash)
);

-- Changes in AWS under the name of a run that no journal explains, as `cordon reconcile` found them in CloudTrail. Told once.
CREATE TABLE cordon.orphan (
  event_id   text PRIMARY KEY,
  account_id text NOT NULL,
  run_id     text,
  document   json NOT NULL,
  found_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX journal_by_time ON cordon.journal (intent_at);

-- A message that is posted once, in the operations channel.
ALTER TABLE cordon.message DROP CONSTRAINT message_kind_check;
ALTER TABLE cordon.message ADD CONSTRAINT message_kind_check
  CHECK (kind IN ('card', 'approval', 'run', 'reply', 'dm', 'view', 'writeback', 'checkpoint', 'health', 'notice'));
