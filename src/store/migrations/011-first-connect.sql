-- When this deployment was first there: findings of before, below HIGH and no threats, have no card (src/flow/quiet.ts).
CREATE TABLE cordon.deployment (
  one              boolean PRIMARY KEY DEFAULT true CHECK (one),
  first_connect_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO cordon.deployment DEFAULT VALUES;
