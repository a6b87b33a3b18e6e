-- What a balance makes of an account is told, and that a person was erased. A movement that crosses no line is only
-- compared.
create trigger tell_of_credit_state
  after update on public.user_credits
  for each row
  when (new.state <> old.state or new.cap_level > old.cap_level or new.cap_level > 0 and new.month <> old.month)
  execute function app.tell_of_credit_state();

create trigger tell_of_erasure
  after update of erased_at on public.users
  for each row
  when (old.erased_at is null and new.erased_at is not null)
  execute function app.tell_of_erasure();
