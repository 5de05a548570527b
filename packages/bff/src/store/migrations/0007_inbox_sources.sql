-- An inbox row may come from elsewhere than the stream: an order that the sweep found has neither a replay id nor a
-- schema, and its event id is `sweep-<request key>`.
ALTER TABLE inbox
  ALTER COLUMN replay_id DROP NOT NULL,
  ALTER COLUMN schema_id DROP NOT NULL,
  ADD COLUMN source text NOT NULL DEFAULT 'stream' CHECK (source IN ('stream', 'replay', 'sweep', 'quarantine')),
  -- When the same event came once more; null while it came once.
  ADD COLUMN last_delivered_at timestamptz,
  ADD CHECK (source = 'sweep' OR (replay_id IS NOT NULL AND schema_id IS NOT NULL));

-- Until now nobody wrote down when; the receipt is the latest moment that is certain.
UPDATE inbox SET last_delivered_at = received_at WHERE deliveries > 1;
ALTER TABLE inbox ADD CHECK ((deliveries > 1) = (last_delivered_at IS NOT NULL));

ALTER TABLE inbox DROP CONSTRAINT inbox_disposition_check;
ALTER TABLE inbox ADD CONSTRAINT inbox_disposition_check CHECK (disposition IN (
  'admitted', 'duplicate', 'absorbed', 'before_go_live', 'observed', 'cancellation'));

-- Which replay id was the newest at a given time: replay by time begins there. It also serves the pruning by age.
CREATE INDEX inbox_by_receipt ON inbox (org_id, topic, received_at);
CREATE INDEX inbox_by_request ON inbox (org_id, request_key);
