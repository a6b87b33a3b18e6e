-- The index by which a window finds the next one of its source, user and project. It is ordered by the ends of windows:
-- of windows that do not overlap, the first one that ends after a moment is the only one that can hold it. So one look-up
-- is enough.
--
-- It has a hash of the three names. So it is small, and no look-up by the names can take it for the primary key, which a
-- planner might while the tables are small. PostgreSQL divides tables by this hash, so it stays what it is.
--
-- An index on a partitioned table cannot be built concurrently. Readings are not written while this one is built, about
-- a second for a million of them. Meters are then told to come again (503); nobody else waits.
-- squawk-ignore require-concurrent-index-creation
create index usage_readings_window_idx on app.usage_readings (
  hashtextextended(user_id, hashtextextended(source, hashtextextended(project, 0))), window_end
);
