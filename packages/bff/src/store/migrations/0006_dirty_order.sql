-- Orders whose state in Salesforce may lag behind. A step's commit raises `dirty_seq`; the flusher sends the state
-- as it reads it then, and remembers which `dirty_seq` it covered.
CREATE TABLE dirty_order (
  org_id          text        NOT NULL,
  order_id        text        NOT NULL,
  revision_id     bigint      NOT NULL REFERENCES order_revision (revision_id),
  dirty_seq       bigint      NOT NULL DEFAULT 1,
  written_seq     bigint      NOT NULL DEFAULT 0,
  -- Not before this moment: the linger of progress, or the backoff after a failure.
  flush_at        timestamptz NOT NULL DEFAULT now(),
  -- Provisioning_Version__c of the last write that was tried; strictly rising for an order, over store losses too.
  version         bigint      NOT NULL DEFAULT 0,
  written_status  text,
  failures        integer     NOT NULL DEFAULT 0,
  last_error      text,
  activation      text        NOT NULL DEFAULT 'none' CHECK (activation IN ('none', 'wanted', 'done', 'refused')),
  activate_at     timestamptz,
  PRIMARY KEY (org_id, order_id),
  CHECK (written_seq <= dirty_seq)
);

CREATE INDEX dirty_order_to_flush ON dirty_order (flush_at)
  WHERE written_seq < dirty_seq OR activation = 'wanted';
