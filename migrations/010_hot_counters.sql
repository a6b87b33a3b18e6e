-- A few hundred rows need no index on the counter. With one, no update of the counter can stay on its page (HOT), which
-- made a statement that takes thousands of seats slower by half.
drop index if exists public.hopsworks_clusters_status_idx;
