-- Addresses are equal but for ASCII case. `lower` by the rules of a language makes more of them equal: it turns the
-- Kelvin sign into a k, and with that one person's address into another's. The new index has the name of the old one,
-- because functions know it by that name.
--
-- `users_every_email_idx` and `team_invites_one_open_per_address` still fold by language. Functions of the first
-- release need them, and they go when no kept release does.

-- squawk-ignore require-concurrent-index-deletion
drop index public.users_email_key;
-- squawk-ignore renaming-object
alter index public.users_email_ascii_key rename to users_email_key;
