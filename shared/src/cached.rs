//! A value that comes from elsewhere, kept for a while: loaded by one request at a time, served stale
//! while its source is down, asked for again at most once in a pause.

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::Mutex;

use crate::clock::Clock;

/// Keeps the last value of a source. `T` is cheap to clone (an `Arc`, say).
#[derive(Debug)]
pub struct Cached<T> {
    /// How long a value is fresh.
    keep: TimeDelta,
    /// How long to leave the source alone after a failure, or between two forced loads.
    pause: TimeDelta,
    clock: Clock,
    state: Mutex<State<T>>,
}

#[derive(Debug)]
struct State<T> {
    value: Option<T>,
    loaded_at: DateTime<Utc>,
    asked_at: DateTime<Utc>,
}

/// A value, and whether the source confirmed it when it was last asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refreshed<T> {
    pub value: T,
    pub is_confirmed: bool,
}

impl<T: Clone> Cached<T> {
    pub fn new(clock: Clock, keep: TimeDelta, pause: TimeDelta) -> Self {
        let never = DateTime::<Utc>::MIN_UTC;
        Self { keep, pause, clock, state: Mutex::new(State { value: None, loaded_at: never, asked_at: never }) }
    }

    /// The value, from the source if it is missing or no longer fresh.
    pub async fn get<E>(&self, load: impl AsyncFnOnce() -> Result<T, E>) -> Result<T, E> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        match &state.value {
            Some(value) if now < state.loaded_at + self.keep || now < state.asked_at + self.pause => Ok(value.clone()),
            _ => state.load(now, load).await,
        }
    }

    /// The value as it is now at the source, unless the source was asked within the pause.
    pub async fn refresh<E>(&self, load: impl AsyncFnOnce() -> Result<T, E>) -> Result<Refreshed<T>, E> {
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        let value = match &state.value {
            Some(value) if now < state.asked_at + self.pause => value.clone(),
            _ => state.load(now, load).await?,
        };
        Ok(Refreshed { value, is_confirmed: state.loaded_at == state.asked_at })
    }
}

impl<T: Clone> State<T> {
    async fn load<E>(&mut self, now: DateTime<Utc>, load: impl AsyncFnOnce() -> Result<T, E>) -> Result<T, E> {
        self.asked_at = now;
        match (load().await, &self.value) {
            (Ok(value), _) => {
                self.loaded_at = now;
                self.value = Some(value.clone());
                Ok(value)
            }
            (Err(_), Some(stale)) => Ok(stale.clone()),
            (Err(error), None) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    fn cached(clock: &Clock) -> Cached<u32> {
        Cached::new(clock.clone(), TimeDelta::minutes(5), TimeDelta::seconds(30))
    }

    #[tokio::test]
    async fn a_fresh_value_is_not_loaded_again() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let cached = cached(&clock);
        let loads = Cell::new(0);
        let load = async || {
            loads.set(loads.get() + 1);
            Ok::<_, ()>(loads.get())
        };
        assert_eq!(cached.get(load).await, Ok(1));
        clock.advance(TimeDelta::seconds(299));
        assert_eq!(cached.get(load).await, Ok(1));
        clock.advance(TimeDelta::seconds(1));
        assert_eq!(cached.get(load).await, Ok(2));
    }

    #[tokio::test]
    async fn a_stale_value_is_served_while_the_source_is_down_and_the_source_is_left_alone() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let cached = cached(&clock);
        assert_eq!(cached.get(async || Ok::<_, ()>(1)).await, Ok(1));
        clock.advance(TimeDelta::minutes(6));
        assert_eq!(cached.get(async || Err(())).await, Ok(1));
        let not_to_be_asked = async || -> Result<u32, ()> { panic!("asked within the pause") };
        assert_eq!(cached.get(not_to_be_asked).await, Ok(1));
        clock.advance(TimeDelta::seconds(30));
        assert_eq!(cached.get(async || Ok::<_, ()>(2)).await, Ok(2));
    }

    #[tokio::test]
    async fn a_forced_load_waits_for_the_pause() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let cached = cached(&clock);
        let confirmed = |value| Ok(Refreshed { value, is_confirmed: true });
        assert_eq!(cached.refresh(async || Ok::<_, ()>(1)).await, confirmed(1));
        assert_eq!(cached.refresh(async || Ok::<_, ()>(2)).await, confirmed(1));
        clock.advance(TimeDelta::seconds(30));
        assert_eq!(cached.refresh(async || Ok::<_, ()>(2)).await, confirmed(2));
    }

    #[tokio::test]
    async fn a_forced_load_that_fails_says_that_the_value_is_not_confirmed() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let cached = cached(&clock);
        assert_eq!(cached.get(async || Ok::<_, ()>(1)).await, Ok(1));
        clock.advance(TimeDelta::seconds(30));
        let stale = Ok(Refreshed { value: 1, is_confirmed: false });
        assert_eq!(cached.refresh(async || Err(())).await, stale);
        assert_eq!(cached.refresh(async || Ok::<_, ()>(2)).await, stale, "within the pause");
    }

    #[tokio::test]
    async fn many_who_ask_at_once_load_once() {
        let cached = cached(&Clock::manual(DateTime::UNIX_EPOCH));
        let loads = Cell::new(0);
        let load = async || {
            loads.set(loads.get() + 1);
            tokio::task::yield_now().await;
            Ok::<_, ()>(7)
        };
        assert_eq!(tokio::join!(cached.get(load), cached.get(load), cached.get(load)), (Ok(7), Ok(7), Ok(7)));
        assert_eq!(loads.get(), 1);
    }

    #[tokio::test]
    async fn without_a_value_the_failure_is_told_and_the_next_one_asks_again() {
        let clock = Clock::manual(DateTime::UNIX_EPOCH);
        let cached = cached(&clock);
        assert_eq!(cached.get(async || Err("down")).await, Err("down"));
        assert_eq!(cached.get(async || Ok::<_, &str>(1)).await, Ok(1));
    }
}
