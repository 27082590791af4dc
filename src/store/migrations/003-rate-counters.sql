-- Counters of calls to Slack and AWS, shared by the processes of a deployment that has no Redis. Unlogged: losing them costs at worst one "slow down".
-- The columns are those of rate-limiter-flexible.
CREATE UNLOGGED TABLE cordon.rate_counter (
  key    varchar(255) PRIMARY KEY,
  points integer NOT NULL DEFAULT 0,
  expire bigint
);
