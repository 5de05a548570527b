-- What holds for each module's steps in all processes of the deployment; changed while they run. A module without a row,
-- or a column that is null, takes the defaults of the program.
CREATE TABLE module_control (
  module          text        PRIMARY KEY,
  -- Steps that run at once, over all processes.
  concurrency     integer     CHECK (concurrency >= 1),
  -- Steps begun in a second, over all processes.
  rate_per_second numeric     CHECK (rate_per_second > 0),
  -- For one call.
  timeout_ms      integer     CHECK (timeout_ms >= 1),
  -- `open`: its downstream fails whatever it is asked; steps wait, and one at a time tries whether it is back.
  breaker         text        NOT NULL DEFAULT 'closed' CHECK (breaker IN ('closed', 'open')),
  -- Counts how often the breaker opened: one opening is one cause to people.
  openings        integer     NOT NULL DEFAULT 0,
  opened_at       timestamptz,
  -- From this moment on the next step may try.
  probe_at        timestamptz,
  cause_code      text,
  cause_summary   text,
  -- Who changed the limits last.
  set_by          text,
  updated_at      timestamptz NOT NULL DEFAULT now(),
  CHECK ((breaker = 'open') = (probe_at IS NOT NULL)),
  CHECK (breaker = 'closed' OR (opened_at IS NOT NULL AND cause_code IS NOT NULL AND cause_summary IS NOT NULL))
);
