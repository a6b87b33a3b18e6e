-- A few hundred rows need no index on the counter, and with it no update of the counter can stay on its
-- page (HOT): thousands of seats taken in one statement were slower by half.
drop index if exists public.hopsworks_clusters_status_idx;
