-- A page of what Stripe has told of, newest first: what is parked, unless another state is asked for.
create function list_parked_payments(args jsonb) returns json
language plpgsql stable
security definer
set search_path from current
-- Planned again for each call, so that filters that are not given fall away.
set plan_cache_mode = force_custom_plan
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_input jsonb := args -> 'input';
  v_state text := coalesce(v_input ->> 'state', 'parked');
  v_kind text := v_input ->> 'kind';
  v_reason text := v_input ->> 'reason';
  v_limit integer := v_input ->> 'limit';
  v_after_created_at timestamptz := v_input #>> '{after,created_at}';
  v_after_id uuid := v_input #>> '{after,id}';
begin
  return page(
    v_limit,
    array(
      select describe_stripe_payment(p)
      from app.stripe_payments p
      where p.state between v_state and v_state
        and (v_kind is null or p.kind = v_kind)
        and (v_reason is null or p.reason = v_reason)
        and (v_after_id is null or (p.created_at, p.id) < (v_after_created_at, v_after_id))
      order by p.state, p.created_at desc, p.id desc
      limit v_limit + 1
    )
  );
end
$$;
