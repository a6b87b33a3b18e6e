-- What Stripe has told us of money: payments, and what was taken back of them by refunds and disputes. A row is written
-- once for each of these, whatever number of events tell of it and in which order. Nothing of cards or of persons is kept.

create table app.stripe_payments (
  id uuid not null default gen_random_uuid(),
  -- Stripe's id of the payment intent (of the checkout session, where that has none), of the refund or of the dispute.
  stripe_id text collate "C" not null,
  kind text not null,
  -- Of refunds and disputes: the payment that they are about.
  payment_intent text collate "C",
  -- `recorded`: the ledger has it. `waiting`: a refund or dispute of a payment that we have not credited. `undone`: a refund
  -- that failed, or a dispute that was won. `parked`: a person decides. `returned`: a person has, or the money went back.
  state text not null,
  -- Why it was parked. It stays when that is resolved.
  reason text,
  -- What the checkout was started with: the id of a user, as far as anybody knows.
  reference text collate "C",
  -- As Stripe counts money: in the smallest unit of the currency. The tax is a part of the amount.
  amount_minor bigint not null,
  tax_minor bigint not null default 0,
  currency text not null,
  -- The account whose ledger has it, its entry, and the credits: what a payment gave, and what was taken back of it. A part
  -- of a payment that is worth less than half a cent has no entry.
  account_owner_id text collate "C",
  seq bigint,
  credits numeric(20, 2) not null default 0,
  -- When Stripe made the last event that changed this row.
  happened_at timestamptz not null,
  created_at timestamptz not null default app.now(),
  resolved_at timestamptz,

  constraint stripe_payments_pkey primary key (id),
  constraint stripe_payments_stripe_id_key unique (stripe_id),
  constraint stripe_payments_kind_is_known check (kind in ('payment', 'refund', 'dispute')),
  constraint stripe_payments_state_is_of_its_kind check (
    state in ('recorded', 'parked', 'returned') or kind <> 'payment' and state in ('waiting', 'undone')
  ),
  constraint stripe_payments_refunds_are_of_a_payment check (kind = 'payment' or payment_intent is not null),
  constraint stripe_payments_parked_has_a_reason check (state <> 'parked' or reason is not null),
  constraint stripe_payments_ids_are_short check (
    char_length(stripe_id) between 1 and 255
    and char_length(payment_intent) between 1 and 255
    and char_length(reference) between 1 and 255
  ),
  constraint stripe_payments_amounts_are_possible check (
    amount_minor between 1 and 999999999999 and tax_minor between 0 and 999999999999
  ),
  constraint stripe_payments_currency_is_a_code check (currency ~ '^[a-z]{3}$'),
  constraint stripe_payments_credits_are_not_negative check (credits >= 0),
  constraint stripe_payments_recorded_payment_has_its_entry check (
    (kind = 'payment' and state = 'recorded') <= (seq is not null and credits > 0)
  ),
  constraint stripe_payments_entry_has_its_account check (seq is null or account_owner_id is not null),
  constraint stripe_payments_account_owner_id_fkey foreign key (account_owner_id) references public.users (id),
  constraint stripe_payments_seq_fkey foreign key (account_owner_id, seq)
    references app.credit_transactions (account_owner_id, seq)
);

-- What was taken back of a payment.
create index stripe_payments_payment_intent_idx
  on app.stripe_payments (payment_intent, happened_at) where kind <> 'payment';
-- For both foreign keys.
create index stripe_payments_entry_idx on app.stripe_payments (account_owner_id, seq);
-- The list: what is parked, newest first.
create index stripe_payments_state_idx on app.stripe_payments (state, created_at desc, id desc);
call app.secure_table('app.stripe_payments');
