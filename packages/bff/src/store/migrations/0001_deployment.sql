-- The one Salesforce org that this store serves. Every key below begins with its id: a refreshed sandbox repeats
-- production's record ids, so a record id alone identifies nothing.
CREATE TABLE deployment (
  org_id     text        PRIMARY KEY CHECK (length(org_id) = 18),
  -- Nothing approved before this moment is ever started.
  go_live_at timestamptz NOT NULL,
  adopted_at timestamptz NOT NULL DEFAULT now(),
  is_current boolean     NOT NULL DEFAULT true
);

CREATE UNIQUE INDEX deployment_one_current ON deployment (is_current) WHERE is_current;
