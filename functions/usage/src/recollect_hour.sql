-- Has an hour of a cluster read at the next opportunity. One that was given up waits for a try again, if what it holds can
-- still be billed. What was read of it stays until then.
create function recollect_hour(args jsonb) returns jsonb
language plpgsql
security definer
set search_path from current
as $$
declare
  v_caller public.users := authorize(args, 'admin');
  v_cluster_id uuid := args #>> '{input,cluster_id}';
  v_hour timestamptz := args #>> '{input,hour}';
  v_target text := concat_ws('/', args #>> '{input,cluster_id}', args #>> '{input,hour}');
  v_known app.usage_coverage := lock_hour(v_cluster_id, v_hour);
begin
  if not is_audited(args, 'usage_coverage.recollect', v_target) then
    if v_hour < app.now() - interval '35 days' then
      raise exception using
        errcode = 'AP409',
        message = 'hour_too_old',
        detail = 'Usage of more than 35 days ago is not billed any more. Correct the account by an adjustment.';
    end if;
    update app.usage_coverage
    set state = case
          when state <> 'given_up' then state
          when error_code is null then 'expected'
          else 'missing'
        end,
        attempts = 0,
        due_at = app.now()
    where hopsworks_cluster_id = v_cluster_id and hour = v_hour;
    perform write_audit(
      args,
      'usage_coverage.recollect',
      v_target,
      jsonb_build_object('state', v_known.state, 'code', v_known.error_code, 'attempts', v_known.attempts),
      null
    );
  end if;
  return (select h.description from described_hours h where h.hopsworks_cluster_id = v_cluster_id and h.hour = v_hour);
end
$$;
