-- Brings a deleted user back, as the owner of their account: with its ledger and, if the person has not been erased, with
-- their profile; the next login brings one in any case. Deployments, invites and a team stay ended. They wait for a seat. What
-- was used in between stays nobody's: `closed_spans` says so for ever. The caller holds `lock_seats()` and calls
-- `place_waiting()` afterwards.
create function reopen_user(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  begin
    perform make_active(p_user_id);
  exception
    when unique_violation then
      -- Somebody else has the address by now.
      update public.users set email = null, email_verified = false where id = p_user_id;
      perform make_active(p_user_id);
  end;
  insert into public.user_credits (user_id) values (p_user_id) on conflict (user_id) do nothing;
  update public.instances set status = 'stopped', deleted_at = null where user_id = p_user_id and status = 'deleted';
  perform enqueue_for_seat(p_user_id);
end
$$;

create function make_active(p_user_id text) returns void
language plpgsql
set search_path from current
as $$
begin
  update public.users
  set status = 'active',
      deleted_at = null,
      erased_at = null,
      closed_spans = coalesce(closed_spans, '{}') + tstzmultirange(tstzrange(least(deleted_at, app.now()), app.now()))
  where id = p_user_id;
end
$$;
