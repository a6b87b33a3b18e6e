-- A page of the prices, the latest day first.
create or replace function app.list_rates(args jsonb) returns jsonb
language plpgsql stable
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_caller public.users := app.authorize(args);
  v_limit integer := args #>> '{input,limit}';
  v_after date := args #>> '{input,after,effective_on}';
begin
  return app.page(
    v_limit,
    array(
      select r.description
      from app.described_rates r
      where v_after is null or r.effective_on < v_after
      order by r.effective_on desc
      limit v_limit + 1
    ),
    array['effective_on']
  );
end
$$;
