alter table public.usage_daily
  validate constraint usage_daily_price_is_whole,
  validate constraint usage_daily_charge_is_whole,
  validate constraint usage_daily_charge_is_of_its_day,
  validate constraint usage_daily_holds_what_was_charged,
  validate constraint usage_daily_has_a_price,
  validate constraint usage_daily_cost_is_its_parts;
