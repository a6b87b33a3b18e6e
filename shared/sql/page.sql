-- Answers a page of a list: at most `p_limit` items, and where the next page begins, or null at the end. The caller has
-- read one item more than `p_limit`. A position is the last item's members `p_position`, by which the list is ordered.
-- A page of large items is shorter, because a function may answer 6 MB at most.
create function page(
  p_limit integer,
  p_items jsonb[],
  p_position text[] default array['created_at', 'id']
) returns jsonb
language plpgsql immutable
set search_path from current
as $$
declare
  c_most_bytes constant integer := 4000000;
  v_count integer := least(p_limit, cardinality(p_items));
begin
  -- A text is written with six bytes for each of its own at most, as `\u0001`. Only a number can be much longer than it
  -- is stored, and only what callers chose holds such. So most pages need not be written to know that they are short.
  if 6 * pg_column_size(p_items)::bigint + (
    select coalesce(sum(octet_length(concat(i.item -> 'metadata', i.item -> 'before', i.item -> 'after'))), 0)
    from unnest(p_items) as i (item)
  ) > c_most_bytes then
    v_count := (
      select greatest(count(*) filter (where s.bytes <= c_most_bytes), 1)::integer
      from (
        select sum(octet_length(i.item::text)) over (order by i.place) as bytes
        from unnest(p_items[1:p_limit]) with ordinality as i (item, place)
      ) s
    );
  end if;
  return jsonb_build_object(
    'items', to_jsonb(p_items[1:v_count]),
    'next', case
      when cardinality(p_items) > v_count then (
        select jsonb_object_agg(part, p_items[v_count] -> part) from unnest(p_position) as position (part)
      )
    end
  );
end
$$;
