//! Requests that come at the same time.

use std::{sync::Arc, time::Duration};

use tokio::time::timeout;

use super::{
    World,
    function::Function,
    request::{TestRequest, TestResponse},
};

/// As many as the pooler has connections to the database.
const CONNECTIONS: usize = 4;

/// Sends each request to an instance of its own at once and returns every answer.
pub async fn at_once(instances: Vec<Arc<Function>>, asks: Vec<TestRequest>) -> Vec<TestResponse> {
    let tasks: Vec<_> = instances
        .into_iter()
        .zip(asks)
        .map(|(instance, ask)| tokio::spawn(async move { instance.send(ask).await }))
        .collect();
    let mut answers = Vec::with_capacity(tasks.len());
    for task in tasks {
        answers.push(task.await.expect("a request does not panic"));
    }
    answers
}

impl World {
    /// Makes requests compete for a lock, however busy the machine is: `holding`, a statement, takes the lock, and gives
    /// it back when as many requests wait for it as can.
    pub async fn race(
        &self,
        holding: &str,
        instances: Vec<Arc<Function>>,
        asks: Vec<TestRequest>,
    ) -> Vec<TestResponse> {
        let waiters = asks.len().min(CONNECTIONS).to_string();
        let mut operator = self.direct().await;
        operator.run(&format!("begin; {holding}")).await.expect("the lock is free");
        let sent = tokio::spawn(at_once(instances, asks));
        let waiting =
            "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
        let all_wait = async {
            while self.one(waiting).await != waiters {
                tokio::task::yield_now().await;
            }
        };
        timeout(Duration::from_secs(5), all_wait).await.expect("they wait for the lock");
        operator.run("rollback").await.expect("the lock is given back");
        sent.await.expect("a request does not panic")
    }
}
