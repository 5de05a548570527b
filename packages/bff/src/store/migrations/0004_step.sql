-- One step of one revision's plan. The ledger owns attempts; a queue job only wakes somebody up.
CREATE TABLE step (
  step_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id   bigint      NOT NULL REFERENCES order_revision (revision_id),
  name          text        NOT NULL,
  label         text        NOT NULL,
  -- The module that runs it, which is also the name of its queue.
  module        text        NOT NULL,
  operation     text        NOT NULL,
  kind          text        NOT NULL CHECK (kind IN ('local', 'reversible', 'pivot', 'retry_only')),
  line_id       text,
  unit          integer     NOT NULL DEFAULT 1 CHECK (unit >= 1),
  parameters    jsonb       NOT NULL DEFAULT '{}',
  state         text        NOT NULL CHECK (state IN ('pending', 'ready', 'running', 'done', 'failed', 'skipped')),
  -- Fences every claim and every result: raised with each wake-up that is enqueued.
  attempt       integer     NOT NULL DEFAULT 1 CHECK (attempt >= 1),
  -- Failures in a row, for the backoff; a wait is not a failure.
  failures      integer     NOT NULL DEFAULT 0,
  wake_at       timestamptz,
  -- No automatic retry after this moment.
  due_at        timestamptz,
  lease_until   timestamptz,
  -- What an unfinished asynchronous answer left, such as a monitor id.
  waiting_on    jsonb,
  effect_key    text        CHECK (length(effect_key) <= 64 AND position(':' IN effect_key) = 0),
  result        jsonb,
  reference     text,
  error_class   text,
  error_code    text,
  error_summary text,
  error_raw     text,
  started_at    timestamptz,
  finished_at   timestamptz,
  UNIQUE (revision_id, name),
  CHECK ((state = 'running') = (lease_until IS NOT NULL)),
  CHECK ((state = 'done') = (result IS NOT NULL)),
  CHECK (state <> 'failed' OR error_class IS NOT NULL)
);

CREATE INDEX step_to_sweep ON step (state, wake_at) WHERE state IN ('ready', 'running');

CREATE TABLE step_dependency (
  step_id    bigint NOT NULL REFERENCES step (step_id),
  depends_on bigint NOT NULL REFERENCES step (step_id),
  PRIMARY KEY (step_id, depends_on),
  CHECK (step_id <> depends_on)
);

CREATE INDEX step_dependency_reverse ON step_dependency (depends_on);

-- One outside effect, by its key: written before the call (the intent) and after it (the answer). A row without an
-- answer means that nobody knows yet, so look it up before acting again.
CREATE TABLE effect (
  effect_key  text        PRIMARY KEY CHECK (length(effect_key) <= 64 AND position(':' IN effect_key) = 0),
  step_id     bigint      NOT NULL REFERENCES step (step_id),
  intents     integer     NOT NULL DEFAULT 1,
  intent_at   timestamptz NOT NULL DEFAULT now(),
  outcome     text        CHECK (outcome IN ('done', 'waiting', 'not_done', 'unknown')),
  answered_at timestamptz,
  reference   text,
  adopted     boolean     NOT NULL DEFAULT false,
  CHECK ((outcome IS NULL) = (answered_at IS NULL))
);

-- What a person has to look at: one open record for an order and a step.
CREATE TABLE fallout (
  fallout_id  bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision_id bigint      NOT NULL REFERENCES order_revision (revision_id),
  step_id     bigint      REFERENCES step (step_id),
  code        text        NOT NULL,
  class       text        NOT NULL,
  summary     text        NOT NULL,
  occurrences integer     NOT NULL DEFAULT 1,
  first_seen  timestamptz NOT NULL DEFAULT now(),
  last_seen   timestamptz NOT NULL DEFAULT now(),
  resolved_at timestamptz,
  resolution  text,
  CHECK ((resolved_at IS NULL) = (resolution IS NULL))
);

CREATE UNIQUE INDEX fallout_one_open ON fallout (revision_id, step_id) NULLS NOT DISTINCT WHERE resolved_at IS NULL;
