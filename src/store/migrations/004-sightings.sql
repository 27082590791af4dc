-- What each delivery said about a finding's standing: the set that incidents are derived from, whatever the order of arrival.

ALTER TABLE cordon.finding
  ADD COLUMN correlation_key text,
  -- The newest version of each shape, when there are several; one alone is the document.
  ADD COLUMN versions json NOT NULL DEFAULT '[]';
UPDATE cordon.finding f SET correlation_key = i.correlation_key FROM cordon.incident i WHERE i.id = f.incident_id;
CREATE INDEX finding_by_correlation ON cordon.finding (correlation_key);

CREATE TABLE cordon.sighting (
  finding_key text NOT NULL REFERENCES cordon.finding (key) DEFERRABLE INITIALLY DEFERRED,
  -- SHA-256 of the facts: the same said twice is one sighting.
  hash        text NOT NULL,
  facts       json NOT NULL,
  PRIMARY KEY (finding_key, hash)
);
-- One for each finding that is there: what is known of it now.
INSERT INTO cordon.sighting (finding_key, hash, facts)
  SELECT key, 'kept', json_strip_nulls(json_build_object(
    'shape', document ->> 'shape', 'kind', document ->> 'kind', 'updatedAt', document ->> 'updatedAt', 'count', (document ->> 'count')::int,
    'statedAt', document ->> 'updatedAt', 'seenAt', greatest(document ->> 'updatedAt', document ->> 'lastSeenAt'),
    'firstSeenAt', coalesce(document ->> 'firstSeenAt', document ->> 'createdAt'), 'lastSeenAt', coalesce(document ->> 'lastSeenAt', document ->> 'updatedAt'),
    'state', document ->> 'state', 'workflow', document ->> 'workflow', 'compliance', document ->> 'compliance',
    'ours', (document ->> 'noteBy') = 'cordon', 'severity', document ->> 'severity', 'sample', (document ->> 'sample')::boolean))
  FROM cordon.finding;

ALTER TABLE cordon.incident
  ADD COLUMN first_finding text NOT NULL DEFAULT '',
  ADD COLUMN began_at timestamptz,
  ADD COLUMN active_since timestamptz,
  DROP CONSTRAINT incident_resolution_check,
  ADD CONSTRAINT incident_resolution_check CHECK (resolution IN ('fixed', 'false-positive', 'accepted-risk', 'archived-by-source', 'superseded'));
UPDATE cordon.incident SET began_at = first_seen_at, active_since = last_seen_at;
ALTER TABLE cordon.incident
  ALTER COLUMN first_finding DROP DEFAULT,
  ALTER COLUMN began_at SET NOT NULL,
  ALTER COLUMN active_since SET NOT NULL;

-- A person's resolution is an event with a time of its own.
CREATE TABLE cordon.closing (
  incident_id text NOT NULL REFERENCES cordon.incident (id) DEFERRABLE INITIALLY DEFERRED,
  at          timestamptz NOT NULL,
  resolution  text NOT NULL CHECK (resolution IN ('fixed', 'false-positive', 'accepted-risk')),
  note        text NOT NULL,
  -- The incident as the person saw it; not known of those that were resolved before this table was there.
  seen        json,
  PRIMARY KEY (incident_id, at)
);
INSERT INTO cordon.closing (incident_id, at, resolution, note)
  SELECT id, closed_at, resolution, coalesce(resolution_note, '') FROM cordon.incident WHERE resolution IN ('fixed', 'false-positive', 'accepted-risk');
