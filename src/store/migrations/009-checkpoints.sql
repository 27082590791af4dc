-- Signed statements about the end of the audit chain, and where each has been put outside the database.
CREATE TABLE cordon.checkpoint (
  seq       bigint PRIMARY KEY CHECK (seq > 0),
  document  json NOT NULL,
  -- Name of a place -> when it was put there.
  delivered json NOT NULL DEFAULT '{}',
  made_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION cordon.checkpoint_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.seq <> OLD.seq OR NEW.document::text <> OLD.document::text THEN
    RAISE EXCEPTION 'checkpoints are never changed or removed' USING ERRCODE = 'CD001';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER checkpoint_stays BEFORE UPDATE OR DELETE ON cordon.checkpoint
  FOR EACH ROW EXECUTE FUNCTION cordon.checkpoint_stays();

-- Where the kept part of the chain begins: rows up to here were archived and removed by the retention policy. One row; 0 is the beginning.
CREATE TABLE cordon.audit_anchor (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq  bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO cordon.audit_anchor (seq, hash) VALUES (0, repeat('0', 64));

-- The anchor only moves forward, and only to a row for which there is a checkpoint.
CREATE FUNCTION cordon.anchor_moves_to_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.seq <= OLD.seq OR NOT EXISTS (
    SELECT 1 FROM cordon.checkpoint c JOIN cordon.audit a ON a.seq = c.seq WHERE c.seq = NEW.seq AND a.hash = NEW.hash
  ) THEN
    RAISE EXCEPTION 'the audit chain can only be cut at a checkpoint' USING ERRCODE = 'CD001';
  END IF;
  RETURN NEW;
END;
$$;
CREATE TRIGGER anchor_moves_to_checkpoint BEFORE UPDATE OR DELETE ON cordon.audit_anchor
  FOR EACH ROW EXECUTE FUNCTION cordon.anchor_moves_to_checkpoint();

-- As before, but rows that the anchor has left behind may go.
CREATE OR REPLACE FUNCTION cordon.refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'audit' AND TG_LEVEL = 'ROW' THEN
    IF OLD.seq <= (SELECT seq FROM cordon.audit_anchor) THEN
      RETURN OLD;
    END IF;
  END IF;
  RAISE EXCEPTION 'audit rows are never changed or removed' USING ERRCODE = 'CD001';
END;
$$;

-- A message that carries a checkpoint to a channel.
ALTER TABLE cordon.message DROP CONSTRAINT message_kind_check;
ALTER TABLE cordon.message ADD CONSTRAINT message_kind_check
  CHECK (kind IN ('card', 'approval', 'run', 'reply', 'dm', 'view', 'writeback', 'checkpoint', 'health'));
