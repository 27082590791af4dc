-- Who is there: every process says so each few seconds. Book-keeping, so without audit; losing a row costs one beat.
CREATE TABLE cordon.process (
  id         text PRIMARY KEY,
  kind       text NOT NULL CHECK (kind IN ('bot', 'worker')),
  -- What it works on, as a list of names.
  work       json NOT NULL,
  slack      text NOT NULL CHECK (slack IN ('none', 'connected', 'down')),
  started_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  seen_at    timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The one line in the operations channel that says how Cordon itself is: what the last look found, and what has been told.
CREATE TABLE cordon.ops_line (
  one         boolean PRIMARY KEY DEFAULT true CHECK (one),
  seen        json NOT NULL DEFAULT '[]',
  told        json NOT NULL DEFAULT '[]',
  began_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
  quiet_since timestamptz NOT NULL DEFAULT clock_timestamp(),
  looked_at   timestamptz,
  told_at     timestamptz
);

ALTER TABLE cordon.message DROP CONSTRAINT message_kind_check;
ALTER TABLE cordon.message ADD CONSTRAINT message_kind_check
  CHECK (kind IN ('card', 'approval', 'run', 'reply', 'dm', 'view', 'writeback', 'health'));
