-- Notes that what a cluster answers of an hour is true, though it was not believed, and has it read at the next
-- opportunity. That may be an hour that was read before, and looks wrong now. Where the last try failed for another reason,
-- there is no answer that could be true.
create function accept_hour(args jsonb) returns jsonb
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
  if not is_audited(args, 'usage_coverage.accept', v_target) then
    if v_known.state = 'given_up'
      or coalesce(v_known.error_code, '') not in ('empty_answer', 'fewer_namespaces', 'more_than_the_cluster')
    then
      raise exception using
        errcode = 'AP409',
        message = 'nothing_to_accept',
        detail = 'Only an answer is accepted that was not believed: empty_answer, fewer_namespaces or '
          'more_than_the_cluster. An hour that was given up has to be read again first.';
    end if;
    update app.usage_coverage
    set accepted_by = v_caller.id,
        due_at = app.now()
    where hopsworks_cluster_id = v_cluster_id and hour = v_hour;
    perform write_audit(
      args,
      'usage_coverage.accept',
      v_target,
      jsonb_build_object('code', v_known.error_code, 'detail', v_known.error_detail),
      null
    );
  end if;
  return (select h.description from described_hours h where h.hopsworks_cluster_id = v_cluster_id and h.hour = v_hour);
end
$$;
