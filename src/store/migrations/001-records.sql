-- What Cordon knows and has decided. PostgreSQL 13 to 18 and the embedded database; no extensions.
-- Documents that may hold text from outside are json, not jsonb: jsonb refuses the NUL escape that hostile text can carry.
-- Foreign keys are checked at commit, so that a transaction may write its rows in any order.

CREATE TABLE cordon.delivery (
  id           text PRIMARY KEY,
  transport    text NOT NULL CHECK (transport IN ('sqs', 'cli', 'poll')),
  transport_id text NOT NULL,
  body         bytea NOT NULL,
  body_hash    text NOT NULL,
  state        text NOT NULL DEFAULT 'received' CHECK (state IN ('received', 'processed', 'quarantined')),
  problem      json,
  received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  processed_at timestamptz,
  UNIQUE (transport, transport_id),
  UNIQUE (transport, body_hash),
  CHECK ((state = 'quarantined') = (problem IS NOT NULL)),
  CHECK ((state = 'received') = (processed_at IS NULL))
);
CREATE INDEX delivery_by_state ON cordon.delivery (state, received_at);

CREATE SEQUENCE cordon.incident_number;

CREATE TABLE cordon.incident (
  id              text PRIMARY KEY,
  correlation_key text NOT NULL,
  kind            text NOT NULL CHECK (kind IN ('threat', 'posture', 'notice')),
  source          text NOT NULL,
  state           text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved')),
  severity        text NOT NULL CHECK (severity IN ('critical', 'high', 'medium', 'low', 'informational')),
  title           text NOT NULL,
  subject         text NOT NULL,
  account_id      text NOT NULL,
  region          text NOT NULL,
  playbook_id     text NOT NULL,
  rung            text NOT NULL CHECK (rung IN ('pin', 'exact', 'family', 'net', 'catch-all')),
  why             text NOT NULL,
  sample          boolean NOT NULL,
  owner_id        text,
  resolution      text CHECK (resolution IN ('fixed', 'false-positive', 'accepted-risk', 'archived-by-source')),
  resolution_note text,
  rev             integer NOT NULL,
  reopened        integer NOT NULL CHECK (reopened >= 0),
  first_seen_at   timestamptz NOT NULL,
  last_seen_at    timestamptz NOT NULL,
  opened_at       timestamptz NOT NULL,
  closed_at       timestamptz,
  CHECK ((state = 'resolved') = (closed_at IS NOT NULL)),
  CHECK ((state = 'resolved') = (resolution IS NOT NULL))
);
-- One open incident a correlation key, whatever races.
CREATE UNIQUE INDEX incident_one_open ON cordon.incident (correlation_key) WHERE state <> 'resolved';
CREATE INDEX incident_by_key ON cordon.incident (correlation_key, closed_at);
CREATE INDEX incident_by_state ON cordon.incident (state, opened_at);

CREATE TABLE cordon.finding (
  key         text PRIMARY KEY,
  incident_id text REFERENCES cordon.incident (id) DEFERRABLE INITIALLY DEFERRED,
  account_id  text NOT NULL,
  state       text NOT NULL CHECK (state IN ('active', 'archived')),
  document    json NOT NULL,
  received_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX finding_by_incident ON cordon.finding (incident_id);

CREATE TABLE cordon.run (
  id           text PRIMARY KEY,
  incident_id  text NOT NULL REFERENCES cordon.incident (id) DEFERRABLE INITIALLY DEFERRED,
  request      json NOT NULL,
  requested_by text NOT NULL,
  state        text NOT NULL DEFAULT 'planning' CHECK (state IN ('planning', 'planned', 'refused', 'approved', 'executing', 'verifying',
                 'verified', 'unverified', 'failed', 'needs-human', 'stale', 'cancelled')),
  state_reason text,
  state_since  timestamptz NOT NULL DEFAULT clock_timestamp(),
  plan         json,
  plan_hash    text CHECK (plan_hash ~ '^[0-9a-f]{64}$'),
  fence        integer NOT NULL DEFAULT 0 CHECK (fence >= 0),
  lease_until  timestamptz,
  lease_owner  text,
  not_before   timestamptz,
  attempt      integer NOT NULL DEFAULT 0,
  view_id      text,
  undone_by    text REFERENCES cordon.run (id) DEFERRABLE INITIALLY DEFERRED,
  rev          integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  planned_at   timestamptz,
  started_at   timestamptz,
  finished_at  timestamptz,
  -- What an approval points to: this run with this very plan.
  UNIQUE (id, plan_hash),
  CHECK ((plan IS NULL) = (plan_hash IS NULL)),
  CHECK (state NOT IN ('planned', 'approved', 'executing', 'verifying', 'verified', 'unverified') OR plan IS NOT NULL),
  CHECK (state NOT IN ('executing', 'verifying', 'verified', 'unverified') OR fence > 0),
  CHECK (state IN ('executing', 'verifying') OR lease_owner IS NULL)
);
CREATE INDEX run_by_incident ON cordon.run (incident_id, created_at);
CREATE INDEX run_under_way ON cordon.run (state, state_since) WHERE state IN ('planning', 'approved', 'executing', 'verifying');

CREATE TABLE cordon.journal (
  run_id     text NOT NULL REFERENCES cordon.run (id) DEFERRABLE INITIALLY DEFERRED,
  step_index integer NOT NULL CHECK (step_index >= 0),
  step_id    text NOT NULL,
  state      text NOT NULL CHECK (state IN ('intent', 'done', 'failed')),
  read_back  boolean NOT NULL DEFAULT false,
  request_id text,
  outputs    json NOT NULL DEFAULT '{}',
  error      text,
  fence      integer NOT NULL,
  intent_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
  done_at    timestamptz,
  PRIMARY KEY (run_id, step_index),
  UNIQUE (run_id, step_id),
  CHECK ((state = 'intent') = (done_at IS NULL)),
  CHECK ((state = 'failed') = (error IS NOT NULL))
);

CREATE TABLE cordon.approval (
  id           text PRIMARY KEY,
  run_id       text NOT NULL UNIQUE,
  incident_id  text NOT NULL REFERENCES cordon.incident (id) DEFERRABLE INITIALLY DEFERRED,
  plan_hash    text NOT NULL,
  requested_by text NOT NULL,
  reason       text NOT NULL,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'stale', 'consumed')),
  state_reason text,
  requirement  json NOT NULL,
  rev          integer NOT NULL DEFAULT 1,
  created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
  expires_at   timestamptz NOT NULL,
  decided_at   timestamptz,
  UNIQUE (id, plan_hash),
  FOREIGN KEY (run_id, plan_hash) REFERENCES cordon.run (id, plan_hash) DEFERRABLE INITIALLY DEFERRED,
  CHECK (expires_at > created_at),
  CHECK ((state = 'pending') = (decided_at IS NULL))
);
CREATE INDEX approval_open ON cordon.approval (expires_at) WHERE state IN ('pending', 'approved');

CREATE TABLE cordon.vote (
  approval_id text NOT NULL,
  person_id   text NOT NULL,
  decision    text NOT NULL CHECK (decision IN ('approve', 'deny')),
  reason      text NOT NULL,
  plan_hash   text NOT NULL,
  via         text NOT NULL CHECK (via IN ('slack', 'cli')),
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (approval_id, person_id),
  -- A vote is for the plan that the request is about, or it is not a vote.
  FOREIGN KEY (approval_id, plan_hash) REFERENCES cordon.approval (id, plan_hash)
);

CREATE TABLE cordon.message (
  key            text PRIMARY KEY,
  kind           text NOT NULL CHECK (kind IN ('card', 'approval', 'run', 'reply', 'dm', 'view', 'writeback')),
  subject_id     text NOT NULL,
  data           json NOT NULL DEFAULT '{}',
  channel        text,
  ts             text,
  desired_rev    integer NOT NULL DEFAULT 1,
  delivered_rev  integer NOT NULL DEFAULT 0,
  delivered_hash text,
  priority       integer NOT NULL CHECK (priority BETWEEN 0 AND 9),
  waiting_since  timestamptz NOT NULL DEFAULT clock_timestamp(),
  not_before     timestamptz,
  attempts       integer NOT NULL DEFAULT 0,
  last_error     text,
  CHECK (delivered_rev <= desired_rev)
);
CREATE INDEX message_undelivered ON cordon.message (priority, waiting_since) WHERE delivered_rev < desired_rev;

CREATE TABLE cordon.outbox (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic      text NOT NULL,
  dedup      text NOT NULL UNIQUE,
  subject_id text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  sent_at    timestamptz
);
CREATE INDEX outbox_unsent ON cordon.outbox (id) WHERE sent_at IS NULL;
CREATE INDEX outbox_sent ON cordon.outbox (sent_at) WHERE sent_at IS NOT NULL;

CREATE TABLE cordon.audit (
  seq        bigint PRIMARY KEY CHECK (seq > 0),
  at         timestamptz NOT NULL,
  event      text NOT NULL,
  actor_kind text NOT NULL CHECK (actor_kind IN ('slack', 'cli', 'system')),
  actor_id   text NOT NULL,
  subject    text NOT NULL,
  details    json NOT NULL,
  prev_hash  text NOT NULL UNIQUE,
  hash       text NOT NULL UNIQUE
);
CREATE INDEX audit_by_subject ON cordon.audit (subject, seq);

-- One row: the end of the chain. Locked by every append, so that all writers queue here.
CREATE TABLE cordon.audit_head (
  one  boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq  bigint NOT NULL,
  hash text NOT NULL
);
INSERT INTO cordon.audit_head (seq, hash) VALUES (0, repeat('0', 64));

CREATE TABLE cordon.kill_switch (
  one          boolean PRIMARY KEY DEFAULT true CHECK (one),
  stopped      boolean NOT NULL DEFAULT false,
  reason       text,
  by_person    text,
  at           timestamptz,
  resume_votes json NOT NULL DEFAULT '[]'
);
INSERT INTO cordon.kill_switch DEFAULT VALUES;

CREATE TABLE cordon.replay (
  key        text PRIMARY KEY,
  expires_at timestamptz NOT NULL
);
CREATE INDEX replay_by_end ON cordon.replay (expires_at);

CREATE TABLE cordon.account_health (
  account_id text NOT NULL,
  purpose    text NOT NULL CHECK (purpose IN ('read', 'act')),
  state      text NOT NULL,
  detail     text NOT NULL,
  hint       text NOT NULL,
  checked_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (account_id, purpose)
);
