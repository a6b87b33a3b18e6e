-- A page of the prices, the latest day first, as everybody sees them: without who set them.
create function list_prices(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'user_or_suspended_owner');
begin
  return page_of_rates(args -> 'input', '{created_by}');
end
$$;
