-- Each sign-up writes two events. Their places among those of their subjects come later, so the index of these has no
-- events without one; and what the schema of events says in full is only looked at here.
-- What they promise stays promised; the events of a week are few enough to be read while nobody writes.
-- squawk-ignore-file ban-drop-constraint, require-concurrent-index-creation
alter table app.outbox
  drop constraint outbox_subject_seq_key,
  drop constraint outbox_type_is_two_words,
  drop constraint outbox_subject_names_a_kind;
create unique index outbox_subject_seq_key on app.outbox (subject, seq) where seq is not null;
alter table app.outbox
  add constraint outbox_type_is_two_words check (type like '_%.%_') not valid,
  add constraint outbox_subject_names_a_kind check (subject like '_%:%_') not valid;
