-- Tells of what a balance makes of an account, once for each line that it crosses: also where one movement crosses several,
-- in the order in which they lie.
create or replace function app.tell_of_credit_state() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  c_states constant text[] := '{good,low,exhausted,overdue}';
  c_types constant text[] := array['balance.low', 'balance.exhausted', 'balance.grace_over'];
  v_subject text := 'account:' || new.user_id;
  v_data jsonb := jsonb_build_object('account_owner_id', new.user_id);
  v_was integer := array_position(c_states, old.state);
  v_is integer := array_position(c_states, new.state);
  v_was_level integer := case when new.month = old.month then old.cap_level else 0 end;
begin
  for i in v_was .. v_is - 1 loop
    perform app.tell(c_types[i], v_subject, v_data || jsonb_build_object('balance_usd', new.balance::text) || case
      when c_types[i] = 'balance.exhausted' then jsonb_build_object(
        'grace_ends_at', app.event_time(new.exhausted_at + new.grace_days * interval '24 hours')
      )
      else '{}'
    end);
  end loop;
  if v_is < v_was then
    perform app.tell('balance.restored', v_subject, v_data || jsonb_build_object(
      'balance_usd', new.balance::text, 'from', old.state, 'to', new.state
    ));
  end if;
  perform app.tell('cap.reached', v_subject, v_data || jsonb_build_object(
    'percent', level, 'month', to_char(new.month, 'YYYY-MM'), 'monthly_cap_usd', new.monthly_cap::text
  ))
  from unnest('{80,90,100}'::integer[]) level
  where level > v_was_level and level <= new.cap_level;
  return null;
end
$$;
