-- How long to leave alone what has failed so many times: no two for equally long, and never shorter than the other side
-- asked for.
create function pause_after(p_attempts integer, p_asked_s integer, p_longest interval default '1 hour') returns interval
language plpgsql
set search_path from current
as $$
begin
  return greatest(
    least(interval '5 seconds' * 2 ^ least(p_attempts, 20), p_longest) * (0.75 + random() / 4),
    least(coalesce(p_asked_s, 0) * interval '1 second', p_longest)
  );
end
$$;
