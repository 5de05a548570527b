-- How many journal entries an order has, over all its revisions. Its row lock puts them in line, so that a reader of
-- one order's stream can go on after a number and miss nothing.
CREATE TABLE order_stream (
  org_id      text    NOT NULL,
  order_id    text    NOT NULL,
  entry_count integer NOT NULL,
  PRIMARY KEY (org_id, order_id)
);

-- What happened, append-only. A reader that follows it uses (tx_id, seq) and reads only below the oldest running
-- transaction: sequence numbers commit out of order, and a plain last-seen id would skip rows.
CREATE TABLE journal (
  seq         bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  tx_id       bigint      NOT NULL DEFAULT (pg_current_xact_id()::text::bigint),
  at          timestamptz NOT NULL DEFAULT clock_timestamp(),
  org_id      text        NOT NULL,
  order_id    text,
  revision_id bigint      REFERENCES order_revision (revision_id),
  -- Position in the order's own stream, taken under the row lock of order_stream.
  entry_no    integer,
  step_name   text,
  actor       text        NOT NULL DEFAULT 'system',
  kind        text        NOT NULL,
  detail      jsonb       NOT NULL DEFAULT '{}',
  CHECK ((order_id IS NULL) = (entry_no IS NULL)),
  UNIQUE (org_id, order_id, entry_no)
);

CREATE INDEX journal_in_commit_order ON journal (tx_id, seq);
