alter table public.users validate constraint users_id_is_a_subject;
