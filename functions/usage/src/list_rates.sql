-- A page of the prices, the latest day first.
create function list_rates(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
begin
  return page_of_rates(args -> 'input', '{}');
end
$$;
