-- One comparison of the org, the inbox and what the downstreams have on record.
CREATE TABLE reconciliation (
  run_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id      text        NOT NULL,
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  -- Counts of what was compared, the findings, and what was done about each.
  report      jsonb,
  problem     text
);
