//! The operator's side: what a probe, a Prometheus server, a script and a
//! person at a terminal see.

mod admin;
pub mod command_line;
mod health;
mod import;
mod people_file;
mod reload;
mod shown;
mod upgrade;
mod user_commands;

pub use admin::router as admin_router;
pub use health::{Health, router as health_router};
pub use reload::{Reload, Reloaded, router as reload_router, run as run_reload};
pub use upgrade::{Upgrade, Upgraded, router as upgrade_router, run as run_upgrade};
pub use user_commands::{CommandError, Door, run as run_user_command};
