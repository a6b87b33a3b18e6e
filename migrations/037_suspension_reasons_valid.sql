-- Reads the users once, while they are read and written.
alter table public.users validate constraint users_suspended_for_known_reasons;
alter table public.users validate constraint users_suspended_for_a_reason;
alter table public.users validate constraint users_suspended_with_owner_alone;
