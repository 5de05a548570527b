-- What a person saw who acts on an order: each change of state and each act raises it, so that two people who act on
-- the same sight of an order cannot both succeed.
ALTER TABLE order_revision ADD COLUMN version bigint NOT NULL DEFAULT 1;
