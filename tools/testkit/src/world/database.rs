//! A test's database: copied in little time, and dropped when nobody uses it any more.

use std::{
    sync::{
        LazyLock, Mutex,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
};

use ops::admin_db::AdminDb;
use tokio::runtime;
use uuid::Uuid;

use crate::{lock::lock, stack::StackAddress};

/// Finished tests must not fill the disk: a run of all makes hundreds of databases of ten megabytes. They are dropped
/// beside the tests, which so need not wait. What is left when the process ends goes with the stack.
static FINISHED: LazyLock<Mutex<Sender<(StackAddress, String)>>> = LazyLock::new(|| {
    let (sender, finished) = channel();
    thread::spawn(move || drop_all(&finished));
    Mutex::new(sender)
});

/// A database of one world and its clones. It goes with them, also when a test has panicked.
pub(super) struct Database {
    stack: StackAddress,
    pub name: String,
}

impl Database {
    /// A copy of another one.
    pub async fn copied(stack: StackAddress, template: &str) -> Self {
        let name = format!("test_{}", Uuid::new_v4().simple());
        let mut server = AdminDb::connect(&stack.direct_url("postgres")).await.expect("the stack runs");
        // By the log, the default from PostgreSQL 15 on, it takes twice as long and leaves ten megabytes of log.
        let can_choose = server.one_text("select current_setting('server_version_num')::integer >= 150000").await;
        let strategy = if can_choose.expect("a setting") == "t" { "strategy file_copy" } else { "" };
        let create = format!("create database {name} template {template} {strategy}");
        server.run(&create).await.unwrap_or_else(|refusal| panic!("{create}: {refusal}"));
        Self { stack, name }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // Only a process that is ending has nobody to tell.
        let _ = lock(&FINISHED).send((self.stack, self.name.clone()));
    }
}

fn drop_all(finished: &Receiver<(StackAddress, String)>) {
    let runtime = runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut connected: Option<(String, AdminDb)> = None;
    for (stack, database) in finished {
        let url = stack.direct_url("postgres");
        runtime.block_on(async {
            if connected.as_ref().is_none_or(|(to, _)| *to != url) {
                // A test may have ended the stack of its own, and then there is nothing to drop.
                connected = AdminDb::connect(&url).await.ok().map(|server| (url, server));
            }
            let Some((_, server)) = &mut connected else { return };
            if server.run(&format!("drop database {database} with (force)")).await.is_err() {
                connected = None;
            }
        });
    }
}
