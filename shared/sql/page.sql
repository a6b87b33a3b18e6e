-- A page of a list: at most `p_limit` of the items, of which one more was asked for, and where the next
-- page begins (`created_at` and `id` of the last item), or null at the end.
create or replace function app.page(p_limit integer, p_items jsonb[]) returns jsonb
language sql immutable
set search_path = pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'items', to_jsonb(p_items[1:p_limit]),
    'next', case
      when cardinality(p_items) > p_limit then
        jsonb_build_object('created_at', p_items[p_limit] -> 'created_at', 'id', p_items[p_limit] -> 'id')
    end
  )
$$;
