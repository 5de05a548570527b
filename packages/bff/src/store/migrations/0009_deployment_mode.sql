-- `observe`: everything is received and planned, nothing is done. Who decided it: the environment may change what the
-- environment said, never what a person ordered.
ALTER TABLE deployment
  ADD COLUMN mode text NOT NULL DEFAULT 'live' CHECK (mode IN ('live', 'observe')),
  ADD COLUMN mode_set_by text NOT NULL DEFAULT 'environment' CHECK (mode_set_by IN ('environment', 'command'));

-- What would have been done for an approval that came while observing; null until it was planned.
ALTER TABLE order_revision ADD COLUMN observed_plan jsonb CHECK (observed_plan IS NULL OR state = 'before_go_live');

-- A sandbox must not work with downstreams of production; null until Salesforce said what the org is.
ALTER TABLE deployment ADD COLUMN is_sandbox boolean;
