-- One row per compaction: up to which batch the table score was put into contract order.
CREATE TABLE compaction (batch_id INTEGER NOT NULL, row_count BIGINT NOT NULL);
