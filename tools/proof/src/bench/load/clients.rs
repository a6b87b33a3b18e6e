//! Clients that send at once, each one request after the other to a process of its own.

use std::{
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use anyhow::Result;
use serde_json::Value;

use crate::{
    bench::{
        jobs::Job,
        setup::{Setup, succeeded},
        times::since,
    },
    lambda::Instance,
};
use testkit::TestResponse;

/// Processes of one function, one for each client.
pub struct Clients {
    setup: Arc<Setup>,
    instances: Vec<Arc<Instance>>,
}

/// How long requests took, and how long all of them together, in microseconds.
#[derive(Default)]
pub struct Sent {
    pub times: Vec<u64>,
    pub elapsed: u64,
}

impl Sent {
    pub fn per_second(&self) -> u64 {
        self.times.len() as u64 * 1_000_000 / self.elapsed.max(1)
    }

    pub fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        self.elapsed += other.elapsed;
    }
}

impl Clients {
    pub async fn start(setup: &Arc<Setup>, function: &'static str, count: usize) -> Result<Self> {
        let program = setup.program(function, setup.port).await;
        let mut instances = Vec::new();
        for _ in 0..count {
            instances.push(Arc::new(Instance::start(&program, &setup.home).await?));
        }
        Ok(Self { setup: Arc::clone(setup), instances })
    }

    /// Each client sends the job again and again until the time is over.
    pub async fn send(&self, job: Job, time: Duration) -> Result<Sent> {
        let started = Instant::now();
        let mut clients = Vec::new();
        for instance in &self.instances {
            let (setup, instance) = (Arc::clone(&self.setup), Arc::clone(instance));
            clients.push(tokio::spawn(async move {
                let mut times = Vec::new();
                while started.elapsed() < time {
                    let event = job.request(&setup, setup.next.fetch_add(1, Ordering::Relaxed)).into_event();
                    let sent = Instant::now();
                    let returned = instance.invoke(&event).await?;
                    times.push(since(sent));
                    succeeded(TestResponse::from_returned(&returned))?;
                }
                anyhow::Ok(times)
            }));
        }
        let mut sent = Sent::default();
        for client in clients {
            sent.times.extend(client.await??);
        }
        sent.elapsed = since(started);
        Ok(sent)
    }

    /// Each client sends its events; how long that takes in microseconds.
    pub async fn send_events(&self, events: Vec<Vec<Value>>, check: fn(TestResponse) -> Result<()>) -> Result<u64> {
        let started = Instant::now();
        let mut clients = Vec::new();
        for (instance, events) in self.instances.iter().zip(events) {
            let instance = Arc::clone(instance);
            clients.push(tokio::spawn(async move {
                for event in events {
                    let mut answer = TestResponse::from_returned(&instance.invoke(&event).await?);
                    // A batch that outlived the database's time-out is sent again, as meters do; the time counts.
                    while answer.status == 503 {
                        answer = TestResponse::from_returned(&instance.invoke(&event).await?);
                    }
                    check(answer)?;
                }
                anyhow::Ok(())
            }));
        }
        for client in clients {
            client.await??;
        }
        Ok(since(started))
    }
}
