-- Prices from a day on, as decimal strings.
create view described_rates as
select
  r.effective_on,
  jsonb_build_object(
    'effective_on', r.effective_on,
    'cpu_hour_usd', trim_scale(r.cpu_hour_usd)::text,
    'gpu_hour_usd', trim_scale(r.gpu_hour_usd)::text,
    'storage_gb_month_usd', trim_scale(r.storage_gb_month_usd)::text,
    'created_by', r.created_by,
    'created_at', r.created_at
  ) as description
from app.usage_rates r;

-- A page of the prices, the latest day first, without some of what is known of them.
create function page_of_rates(p_input jsonb, p_hidden text[]) returns json
language plpgsql stable
set search_path from current
as $$
declare
  v_limit integer := p_input ->> 'limit';
  v_after date := p_input #>> '{after,effective_on}';
begin
  return page(
    v_limit,
    array(
      select (r.description - p_hidden)::json
      from described_rates r
      where v_after is null or r.effective_on < v_after
      order by r.effective_on desc
      limit v_limit + 1
    ),
    array['effective_on']
  );
end
$$;
