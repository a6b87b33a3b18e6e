-- The invariants, as the rows that break them: empty when all is well. Its parts are views of one pass each. Where a
-- rule is about a user or an account, `id` is a plain column of the tables that a pass begins with, and all else is
-- looked up from it, so that a query for a range of ids reads that range alone (`find_violations`).
create or replace view app.invariant_violations (kind, id, detail) as
select * from app.broken_rules_of_clusters
union all
select * from app.broken_rules_of_users
union all
select * from app.broken_rules_of_credits
union all
select * from app.broken_rules_of_usage
union all
select * from app.broken_rules_of_accounts
union all
select * from app.broken_rules_of_collection;
