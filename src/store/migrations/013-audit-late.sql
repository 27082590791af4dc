-- What was read and shown while the audit chain took no rows; the sweeper appends it once the chain can be written again. Decisions never stand here: without their row they are not made.
CREATE TABLE cordon.audit_late (
  id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  entry json NOT NULL,
  at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE FUNCTION cordon.audit_late_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'late audit rows are never changed' USING ERRCODE = 'CD001';
END;
$$;
CREATE TRIGGER audit_late_stays BEFORE UPDATE ON cordon.audit_late FOR EACH ROW EXECUTE FUNCTION cordon.audit_late_stays();
