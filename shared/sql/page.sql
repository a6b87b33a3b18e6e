-- A page of a list: at most `p_limit` of the items, of which one more was asked for, and where the next
-- page begins (the last item's `p_position`, which the list is ordered by), or null at the end.
create or replace function app.page(
  p_limit integer,
  p_items jsonb[],
  p_position text[] default array['created_at', 'id']
) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'items', to_jsonb(p_items[1:p_limit]),
    'next', case
      when cardinality(p_items) > p_limit then (
        select jsonb_object_agg(part, p_items[p_limit] -> part) from unnest(p_position) as position (part)
      )
    end
  )
$$;
