-- Every way in which continuity can break, the window that is in doubt, and what the last check found.
ALTER TABLE gap DROP CONSTRAINT gap_cause_check;
ALTER TABLE gap ADD CONSTRAINT gap_cause_check CHECK (cause IN (
  'replay_id_rejected', 'position_forced', 'event_missing', 'silence_beyond_retention'));
ALTER TABLE gap
  -- The last moment in doubt; by the same clock as approvals.
  ADD COLUMN window_end timestamptz,
  ADD COLUMN detail     text NOT NULL DEFAULT '',
  -- Orders that were admitted on its account.
  ADD COLUMN refilled   integer NOT NULL DEFAULT 0 CHECK (refilled >= 0),
  ADD COLUMN checked_at timestamptz,
  -- The query, its counts, and why the gap stays open if it does.
  ADD COLUMN last_check jsonb,
  ADD CHECK ((checked_at IS NULL) = (last_check IS NULL)),
  ADD CHECK (closed_at IS NULL OR checked_at IS NOT NULL);

-- Lost events found while such a gap is open widen it.
CREATE UNIQUE INDEX gap_one_missing ON gap (org_id, topic) WHERE cause = 'event_missing' AND closed_at IS NULL;
