-- Views that somebody saved: the state of a page under a name, for that account alone. A view that was dropped keeps its
-- number, so that no later one answers to an old address.
CREATE TABLE saved_view (view_id INTEGER PRIMARY KEY, account VARCHAR NOT NULL,
  page VARCHAR NOT NULL,              -- path of the page
  name VARCHAR NOT NULL,
  state VARCHAR NOT NULL,             -- filters, order and columns as the page's address writes them; empty: the page as it is
  is_default BOOLEAN NOT NULL,        -- the page opens so for this account; at most one of a page
  dropped BOOLEAN NOT NULL, saved_at TIMESTAMP NOT NULL);
