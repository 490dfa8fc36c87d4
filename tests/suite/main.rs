//! Everything that is shown about the gateway from outside, in one binary.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test that meets the unexpected must stop and say so"
)]

mod support;

mod account;
mod architecture;
mod attack_accounts;
mod attack_approval;
mod attack_availability;
mod attack_factors;
mod attack_forms;
mod attack_framing;
mod attack_http2;
mod attack_identity;
mod attack_path;
mod attack_redirect;
mod attack_table;
mod attack_tokens;
mod attack_transport;
mod attack_upgrade;
mod brand;
mod client_address;
mod command_line;
mod crash;
mod demo_walk;
mod differential;
mod durability;
mod examples;
mod exchange;
mod exchange_body;
mod faults;
mod faults_clock;
mod faults_crowd;
mod faults_data_folder;
mod faults_disk;
mod faults_process;
mod faults_store;
mod first_connection;
mod flat_memory;
mod forgotten;
mod forward_auth;
mod forward_auth_proxies;
mod grpc;
mod handover_attacks;
mod help_desk;
mod hosts;
mod import;
mod imported_hashes;
mod kept_forms;
mod kept_post;
mod late_reload;
mod limits;
mod lost_phone;
mod new_password;
mod notice_settings;
mod open_bodies;
mod operator;
mod outbox;
mod own_answers;
mod own_pages;
mod passkeys;
mod phone_approval;
mod post;
mod private_files;
mod properties;
mod push;
mod recovery;
mod reload;
mod self_attack;
mod session;
mod sign_in;
mod sign_in_forms;
mod sign_in_throttle;
mod step_up;
mod streams;
mod supervisor;
mod tabs;
mod take_over;
mod tls;
mod tls_scan;
mod upstream_settings;
mod upstream_tls;
mod upstream_unix;
mod upstreams;
mod user_pass;
mod websocket;
mod words;
