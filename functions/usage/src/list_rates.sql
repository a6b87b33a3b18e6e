-- A page of the prices, the latest day first.
create function list_rates(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_limit integer := args #>> '{input,limit}';
  v_after date := args #>> '{input,after,effective_on}';
begin
  return page(
    v_limit,
    array(
      select r.description::json
      from described_rates r
      where v_after is null or r.effective_on < v_after
      order by r.effective_on desc
      limit v_limit + 1
    ),
    array['effective_on']
  );
end
$$;
