-- What an account has, bought and used, as decimal strings. Users who were added by hand have no row yet: zeros.
create function describe_totals(p_credits public.user_credits) returns jsonb
language plpgsql immutable
set search_path from current
as $$
begin
  return jsonb_build_object(
    'balance', coalesce(p_credits.balance, 0.00)::text,
    'total_purchased', coalesce(p_credits.total_purchased, 0.00)::text,
    'total_used', coalesce(p_credits.total_used, 0.00)::text,
    'cpu_hours_used', trim_scale(coalesce(p_credits.cpu_hours_used, 0))::text,
    'gpu_hours_used', trim_scale(coalesce(p_credits.gpu_hours_used, 0))::text,
    'storage_gb_months', trim_scale(coalesce(p_credits.storage_gb_months, 0))::text
  );
end
$$;
