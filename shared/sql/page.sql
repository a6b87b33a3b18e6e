-- Answers a page of a list: at most `p_limit` items, and where the next page begins, or null at the end. The caller has
-- read one item more than `p_limit`. A position is the last item's members `p_position`, by which the list is ordered.
-- A page of large items is shorter, because a function may answer 6 MB at most.
--
-- Items are `json`, which is kept as it is written: as `jsonb` a page would be parsed, and written again, for nothing.
create function page(
  p_limit integer,
  p_items json[],
  p_position text[] default array['created_at', 'id']
) returns json
language plpgsql immutable
set search_path from current
as $$
declare
  c_most_bytes constant integer := 4000000;
  v_count integer := greatest(
    (
      select (count(*) filter (where s.bytes <= c_most_bytes))::integer
      from (
        select sum(octet_length(i.item::text)) over (order by i.place) as bytes
        from unnest(p_items[1:p_limit]) with ordinality as i (item, place)
      ) s
    ),
    least(1, cardinality(p_items))
  );
begin
  return json_build_object(
    'items', p_items[1:v_count],
    'next', case
      when cardinality(p_items) > v_count then (
        select json_object_agg(part, p_items[v_count] -> part) from unnest(p_position) as position (part)
      )
    end
  );
end
$$;
