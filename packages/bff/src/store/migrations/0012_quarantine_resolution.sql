-- What became of a quarantined event. Nothing is deleted: a discarded one stays, with the note that says why.
ALTER TABLE quarantine DROP CONSTRAINT quarantine_reason_check;
ALTER TABLE quarantine ADD CONSTRAINT quarantine_reason_check CHECK (reason IN (
  'undecodable', 'invalid', 'id_reused', 'wrong_org'));
ALTER TABLE quarantine
  -- As it was decoded; null when it could not be.
  ADD COLUMN payload     jsonb,
  ADD COLUMN state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'reinjected', 'discarded')),
  ADD COLUMN note        text,
  ADD COLUMN resolved_by text,
  ADD COLUMN resolved_at timestamptz,
  ADD CHECK ((state = 'open') = (resolved_at IS NULL)),
  ADD CHECK (state <> 'discarded' OR (note IS NOT NULL AND note <> ''));

CREATE INDEX quarantine_open ON quarantine (org_id, reason, quarantine_id) WHERE state = 'open';
