-- Tells of an invite: created, and how it ended. One that is withdrawn after its days has expired. Neither the address nor
-- the token is told.
create or replace function app.tell_of_invite() returns trigger
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
  v_subject text := 'account:' || new.account_owner_id;
  v_data jsonb := pg_catalog.jsonb_build_object(
    'account_owner_id', new.account_owner_id, 'invite_id', new.id, 'expires_at', app.event_time(new.expires_at)
  );
begin
  if tg_op = 'INSERT' then
    perform app.tell('invite.created', v_subject, v_data);
  elsif new.accepted_at is not null then
    perform app.tell(
      'invite.accepted', v_subject, v_data || pg_catalog.jsonb_build_object('user_id', new.accepted_by_user_id)
    );
  elsif old.expired_at is null and (new.expired_at is not null or new.expires_at <= app.now()) then
    perform app.tell('invite.expired', v_subject, v_data);
  elsif old.expired_at is null then
    perform app.tell('invite.withdrawn', v_subject, v_data);
  end if;
  return null;
end
$$;
