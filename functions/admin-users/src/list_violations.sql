-- A page of violations of the invariants, by the id of the user, account or cluster. A page looks at a thousand users,
-- so it takes no longer when there are a million users. There are only more pages.
create function list_violations(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return find_violations(args #> '{input,after}', (args #>> '{input,limit}')::integer, 1000, 0);
end
$$;
