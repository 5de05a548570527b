-- One look for approved orders that no event told of. An always empty report is the healthy case; its age is watched.
CREATE TABLE sweep_run (
  run_id      bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id      text        NOT NULL,
  topic       text        NOT NULL,
  cause       text        NOT NULL CHECK (cause IN ('periodic', 'command')),
  -- `all`: every order approved since go-live; `recent`: those that changed since the last clean run.
  scope       text        NOT NULL CHECK (scope IN ('recent', 'all')),
  started_at  timestamptz NOT NULL,
  finished_at timestamptz,
  -- Orders that the org showed, and those of them that were not in the inbox and were admitted.
  seen        integer     NOT NULL DEFAULT 0,
  admitted    integer     NOT NULL DEFAULT 0,
  -- Why it was cut short or cannot be relied on, in an operator's words.
  problem     text
);

CREATE INDEX sweep_run_newest ON sweep_run (org_id, topic, run_id DESC);
