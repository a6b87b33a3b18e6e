-- The next violations of the invariants, a thousand at most, and where to go on. It may take long, because nobody waits
-- for it.
create function check_invariants(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
begin
  perform authorize(args, 'schedule');
  return find_violations(args #> '{input,after}', 1000, 4000, 400);
end
$$;
