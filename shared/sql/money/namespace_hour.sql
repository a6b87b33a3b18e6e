-- What a namespace used in an hour.
create type namespace_hour as (
  hour timestamptz,
  namespace text collate "C",
  cpu_hours numeric,
  gpu_hours numeric,
  storage_gb numeric
);
