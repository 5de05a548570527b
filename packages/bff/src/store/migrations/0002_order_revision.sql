-- One approval of one order, and how far its provisioning is.
CREATE TABLE order_revision (
  revision_id   bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id        text        NOT NULL REFERENCES deployment (org_id),
  order_id      text        NOT NULL CHECK (length(order_id) = 18),
  -- Order id + approval counter + P, or what the mapping makes of an event without one.
  request_key   text        NOT NULL,
  state         text        NOT NULL CHECK (state IN (
    'queued', 'running', 'waiting', 'customer', 'held', 'cancelling',
    'completed', 'cancelled', 'failed', 'before_go_live', 'absorbed')),
  -- The revision that does the work of this one.
  absorbed_by   bigint      REFERENCES order_revision (revision_id),
  order_number  text,
  account_id    text,
  approved_at   timestamptz,
  -- The total that the event carried: an order edited after its approval shows here.
  event_total   numeric(18, 2),
  -- The order as it was read for this revision; null until it was.
  snapshot      jsonb,
  step_label    text,
  error_code    text,
  error_message text,
  received_at   timestamptz NOT NULL DEFAULT now(),
  started_at    timestamptz,
  updated_at    timestamptz NOT NULL DEFAULT now(),
  completed_at  timestamptz,
  UNIQUE (org_id, request_key),
  CHECK ((state = 'absorbed') = (absorbed_by IS NOT NULL))
);

-- Two revisions of an order never overlap.
CREATE UNIQUE INDEX order_revision_one_unfinished ON order_revision (org_id, order_id)
  WHERE state IN ('queued', 'running', 'waiting', 'customer', 'held', 'cancelling');

CREATE INDEX order_revision_by_order ON order_revision (org_id, order_id, revision_id);
CREATE INDEX order_revision_by_update ON order_revision (updated_at DESC, revision_id DESC);
CREATE INDEX order_revision_by_state ON order_revision (state);
