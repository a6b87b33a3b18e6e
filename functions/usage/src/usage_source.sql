-- Sources of readings, each with the machine that it belongs to.
create view described_sources as
select
  s.source,
  jsonb_build_object('source', s.source, 'client_id', s.client_id, 'first_used_at', s.first_used_at) as description
from app.usage_sources s;
