-- Whether a compaction put only those scores into order, among themselves, that came since the last one of all; none for
-- those from before there was a difference, which were of all.
ALTER TABLE compaction ADD COLUMN loose_only BOOLEAN;
