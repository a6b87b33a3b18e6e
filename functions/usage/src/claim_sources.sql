-- Makes the sources that nobody has used yet the client's, and answers those of `p_sources` that belong to others. The
-- caller holds the terms of billing, so none is moved meanwhile.
--
-- Of two clients who use a source first at once, one waits here for the other, before it holds any account. Sources are
-- taken in the order of their names, so nobody waits for somebody who waits.
create function claim_sources(p_sources text[], p_client_id text) returns text[]
language plpgsql
set search_path from current
set plan_cache_mode = force_generic_plan
as $$
declare
  v_new text[];
  v_foreign text[];
begin
  select
    array_agg(s.source) filter (where k.client_id is null),
    array_agg(s.source) filter (where k.client_id <> p_client_id)
  into v_new, v_foreign
  from unnest(p_sources) as s (source)
  left join lateral (select client_id from app.usage_sources where source = s.source limit 1) k on true;
  if v_new is not null then
    insert into app.usage_sources (source, client_id)
    select s.source, p_client_id
    from unnest(v_new) as s (source)
    order by s.source collate "C"
    on conflict (source) do nothing;
    v_foreign := array(select source from app.usage_sources where source = any (p_sources) and client_id <> p_client_id);
  end if;
  return coalesce(v_foreign, '{}');
end
$$;
