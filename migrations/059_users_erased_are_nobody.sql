alter table public.users validate constraint users_erased_are_nobody;
