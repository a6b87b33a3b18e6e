-- no transaction
-- Of whom the daily work has something to change, the longest due first. Few rows, and only what changes a state moves
-- them: so all other updates stay on their page.
create index concurrently if not exists user_credits_due_at_idx
  on public.user_credits (due_at) where due_at is not null;
