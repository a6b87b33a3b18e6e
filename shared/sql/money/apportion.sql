-- Rounds the parts of a whole so that they add up to the rounded whole: each is rounded down, and the units that are then
-- left go to those that lost most (the largest remainder; of equal ones to the first). Answers how many units each part
-- is. Null is no part, and stays null.
create function apportion(p_parts numeric[], p_unit numeric, p_whole_units numeric) returns numeric[]
language plpgsql immutable
set search_path from current
as $$
begin
  return (
    with part as (
      select
        p.place,
        d.units,
        row_number() over (order by p.part is null, p.part - d.units * p_unit desc, p.place) as turn
      from unnest(p_parts) with ordinality p (part, place)
      cross join lateral (select div(p.part, p_unit) as units) t
      -- Downwards, also below zero.
      cross join lateral (select t.units - case when p.part < t.units * p_unit then 1 else 0 end as units) d
    ),
    rest as (
      -- Less than one unit for each part; or, where the whole was rounded otherwise than the parts' sum, one more or less.
      select w.units, w.parts, floor(w.units / w.parts) as for_each
      from (select p_whole_units - sum(units) as units, nullif(count(units), 0) as parts from part) w
    )
    select array_agg(
      p.units + r.for_each + case when p.turn <= r.units - r.for_each * r.parts then 1 else 0 end
      order by p.place
    )
    from part p
    cross join rest r
  );
end
$$;
