/** Raised with every change of the tables; a file of another version is refused. */
export const schemaVersion = 1;

/**
 * `call` and `effect` are the judge's records and know nothing of the systems' own tables. AUTOINCREMENT keeps
 * ids from coming back after a reset: a client that remembers an old one finds nothing, never a stranger's.
 */
export const schema = `
CREATE TABLE call (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  system      TEXT NOT NULL,
  operation   TEXT NOT NULL,
  key         TEXT,
  started_at  TEXT NOT NULL,
  answered_at TEXT,
  status      TEXT
) STRICT;
CREATE TABLE effect (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  call_id   INTEGER NOT NULL,
  system    TEXT NOT NULL,
  operation TEXT NOT NULL,
  key       TEXT,
  reference TEXT NOT NULL,
  made_at   TEXT NOT NULL
) STRICT;
CREATE INDEX effect_by_key ON effect (system, operation, key);
CREATE TABLE setting (
  name  TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT;

CREATE TABLE billing_client (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  uuid         TEXT NOT NULL,
  email        TEXT NOT NULL UNIQUE COLLATE NOCASE,
  firstname    TEXT NOT NULL,
  lastname     TEXT NOT NULL,
  companyname  TEXT NOT NULL,
  address1     TEXT NOT NULL,
  city         TEXT NOT NULL,
  state        TEXT NOT NULL,
  postcode     TEXT NOT NULL,
  country      TEXT NOT NULL,
  phonenumber  TEXT NOT NULL,
  sluice_key   TEXT NOT NULL,
  created_at   TEXT NOT NULL
) STRICT;
CREATE TABLE billing_order (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  client_id     INTEGER NOT NULL,
  payment       TEXT NOT NULL,
  amount_cents  INTEGER NOT NULL,
  invoice_id    INTEGER NOT NULL,
  status        TEXT NOT NULL,
  created_at    TEXT NOT NULL
) STRICT;
CREATE INDEX billing_order_by_client ON billing_order (client_id);
CREATE TABLE billing_invoice (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id INTEGER NOT NULL
) STRICT;
CREATE TABLE billing_service (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id      INTEGER NOT NULL,
  client_id     INTEGER NOT NULL,
  pid           INTEGER NOT NULL,
  billing_cycle TEXT NOT NULL,
  quantity      INTEGER NOT NULL,
  amount_cents  INTEGER NOT NULL,
  status        TEXT NOT NULL,
  sluice_key    TEXT NOT NULL,
  created_at    TEXT NOT NULL
) STRICT;
CREATE INDEX billing_service_by_order ON billing_service (order_id);
CREATE INDEX billing_service_by_client ON billing_service (client_id);
CREATE TABLE billing_addon (
  id           INTEGER PRIMARY KEY AUTOINCREMENT,
  order_id     INTEGER NOT NULL,
  service_id   INTEGER NOT NULL,
  addon_id     INTEGER NOT NULL,
  amount_cents INTEGER NOT NULL,
  status       TEXT NOT NULL
) STRICT;
CREATE INDEX billing_addon_by_order ON billing_addon (order_id);

CREATE TABLE network_service (
  id              INTEGER PRIMARY KEY AUTOINCREMENT,
  external_id     TEXT NOT NULL,
  specification   TEXT NOT NULL,
  name            TEXT NOT NULL,
  characteristics TEXT NOT NULL,
  accepted_at     TEXT NOT NULL,
  due_at_ms       INTEGER NOT NULL
) STRICT;
CREATE INDEX network_service_by_external_id ON network_service (external_id);

CREATE TABLE mail_message (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  message_id  TEXT NOT NULL,
  sender      TEXT NOT NULL,
  recipients  TEXT NOT NULL,
  subject     TEXT NOT NULL,
  text        TEXT NOT NULL,
  received_at TEXT NOT NULL
) STRICT;
`;

/** What a reset empties, the judge's records included. */
export const resettableTables = [
  "call",
  "effect",
  "setting",
  "billing_client",
  "billing_order",
  "billing_invoice",
  "billing_service",
  "billing_addon",
  "network_service",
  "mail_message",
] as const;
