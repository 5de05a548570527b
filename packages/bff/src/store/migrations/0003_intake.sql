-- The position after which the topic is read, as the opaque bytes that the bus gave. It moves only in the
-- transaction that stores the events before it, and only for the subscriber whose epoch it carries.
CREATE TABLE cursor (
  org_id     text        NOT NULL REFERENCES deployment (org_id),
  topic      text        NOT NULL,
  replay_id  bytea,
  epoch      bigint      NOT NULL CHECK (epoch > 0),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (org_id, topic)
);

-- Every event that was received and understood, once.
CREATE TABLE inbox (
  inbox_id       bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id         text        NOT NULL,
  topic          text        NOT NULL,
  event_id       text        NOT NULL,
  replay_id      bytea       NOT NULL,
  schema_id      text        NOT NULL,
  payload        jsonb       NOT NULL,
  -- Tells a redelivery from another event that took the same id: publishers can set ids.
  payload_digest text        NOT NULL,
  order_id       text        NOT NULL,
  request_key    text        NOT NULL,
  disposition    text        NOT NULL CHECK (disposition IN (
    'admitted', 'duplicate', 'absorbed', 'before_go_live', 'cancellation')),
  revision_id    bigint      REFERENCES order_revision (revision_id),
  deliveries     integer     NOT NULL DEFAULT 1,
  received_at    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (org_id, topic, event_id),
  -- Only a cancellation may concern an order that was never received.
  CHECK (revision_id IS NOT NULL OR disposition = 'cancellation')
);

CREATE INDEX inbox_by_order ON inbox (org_id, order_id);

-- Events that could not be decoded or made no sense: never skipped, always here with their raw bytes.
CREATE TABLE quarantine (
  quarantine_id bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id        text        NOT NULL,
  topic         text        NOT NULL,
  event_id      text        NOT NULL,
  replay_id     bytea       NOT NULL,
  schema_id     text        NOT NULL,
  raw           bytea       NOT NULL,
  raw_digest    text        NOT NULL,
  reason        text        NOT NULL CHECK (reason IN ('undecodable', 'invalid', 'id_reused')),
  detail        text        NOT NULL,
  received_at   timestamptz NOT NULL DEFAULT now(),
  UNIQUE (org_id, topic, event_id, raw_digest)
);

-- A break in the topic's continuity, numbered. It closes only after a check.
CREATE TABLE gap (
  gap_id        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  org_id        text        NOT NULL,
  topic         text        NOT NULL,
  cause         text        NOT NULL CHECK (cause IN ('replay_id_rejected')),
  rejected      bytea,
  -- The last moment known to be covered before the break.
  window_start  timestamptz,
  opened_at     timestamptz NOT NULL DEFAULT now(),
  closed_at     timestamptz
);

-- The same break met again after a restart is the same gap.
CREATE UNIQUE INDEX gap_one_open ON gap (org_id, topic, rejected) WHERE closed_at IS NULL;
