-- One comparison of the org, the inbox and what the downstreams have on record. One that has not finished is running,
-- or its process died: the lease `reconciliation` tells which.
CREATE TABLE reconciliation (
  run_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id      text        NOT NULL REFERENCES deployment (org_id),
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  -- Counts of what was compared, the findings, and what was done about each.
  report      jsonb,
  -- Why it broke off.
  problem     text,
  CHECK (finished_at IS NULL OR (report IS NULL) <> (problem IS NULL))
);

CREATE INDEX reconciliation_newest ON reconciliation (org_id, run_id DESC);
