-- Who may do what only one process of the deployment does at a time, such as reading a topic. A holder renews its lease
-- while it lives; one that stopped renewing may be succeeded. The lease alone protects nothing: what its holder commits
-- carries the epoch (`cursor.epoch`), and a commit with an older one fails.
CREATE TABLE lease (
  org_id     text        NOT NULL REFERENCES deployment (org_id),
  name       text        NOT NULL,
  holder     text        NOT NULL,
  -- Rises with each new holder.
  epoch      bigint      NOT NULL CHECK (epoch > 0),
  taken_at   timestamptz NOT NULL DEFAULT now(),
  renewed_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (org_id, name)
);

-- Topics that were read before there were leases: their next reader's epoch is above the cursor's.
INSERT INTO lease (org_id, name, holder, epoch, expires_at)
SELECT org_id, 'intake ' || topic, 'before leases', epoch, now() FROM cursor;
