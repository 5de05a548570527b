-- The column that tells rows apart comes first in each key. With the org's id in front, which all rows share, the
-- planner of a table that nobody has analysed yet takes the org for selective and reads all its rows: the hand-off of
-- a backlog slowed down with every batch.
ALTER TABLE order_revision
  DROP CONSTRAINT order_revision_org_id_request_key_key,
  ADD UNIQUE (request_key, org_id);

DROP INDEX order_revision_one_unfinished, order_revision_by_order;
CREATE UNIQUE INDEX order_revision_one_unfinished ON order_revision (order_id, org_id)
  WHERE state IN ('queued', 'running', 'waiting', 'customer', 'held', 'cancelling');
CREATE INDEX order_revision_by_order ON order_revision (order_id, org_id, revision_id);

-- Most rows are `completed`, which no search by state is helped with; the others have an index of their own above.
DROP INDEX order_revision_by_state;

ALTER TABLE inbox
  DROP CONSTRAINT inbox_org_id_topic_event_id_key,
  ADD UNIQUE (event_id, topic, org_id);

DROP INDEX inbox_by_order, inbox_by_request, inbox_by_receipt;
CREATE INDEX inbox_by_order ON inbox (order_id, org_id);
CREATE INDEX inbox_by_request ON inbox (request_key, org_id);
CREATE INDEX inbox_by_receipt ON inbox (received_at);

ALTER TABLE order_stream
  DROP CONSTRAINT order_stream_pkey,
  ADD PRIMARY KEY (order_id, org_id);

ALTER TABLE journal
  DROP CONSTRAINT journal_org_id_order_id_entry_no_key,
  ADD UNIQUE (order_id, org_id, entry_no);

ALTER TABLE dirty_order
  DROP CONSTRAINT dirty_order_pkey,
  ADD PRIMARY KEY (order_id, org_id);
