//! A fault of the program ends one request, not more.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use pingora::{Error, ErrorType};

/// What was being done ended in a panic, which was counted and logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Panicked;

/// Does something, and says so where that panics.
///
/// SECURITY: a panic is a refusal.
/// - Against: a request made so that a fault of ours ends its thread, and with it
///   everybody's requests; or that a half-made decision is taken for one.
/// - Therefore: whatever decides, passes on or draws is caught here and answered with 500.
///   Nothing that it had begun is used any more.
/// - Price: none that was measured.
/// - Held by: `a_panic_while_a_page_is_made_is_a_fault_and_ends_nothing_else`,
///   `a_panic_on_a_request_s_way_is_one_fault_and_the_next_is_served`.
pub(super) async fn caught<F: Future>(doing: F) -> Result<F::Output, Panicked> {
    let mut doing = pin!(doing);
    std::future::poll_fn(|context| {
        match catch_unwind(AssertUnwindSafe(|| doing.as_mut().poll(context))) {
            Ok(polled) => polled.map(Ok),
            Err(_) => Poll::Ready(Err(Panicked)),
        }
    })
    .await
}

/// The same for what the proxy library has us do: to it a panic is an error of
/// ours, which it hands on as it does all others.
pub(super) async fn or_error<T>(
    doing: impl Future<Output = pingora::Result<T>>,
) -> pingora::Result<T> {
    match caught(doing).await {
        Ok(done) => done,
        Err(Panicked) => Err(fault()),
    }
}

/// What a panic is to the proxy library.
pub(super) fn fault() -> Box<Error> {
    Error::explain(ErrorType::InternalError, "a fault of the program")
}

#[cfg(test)]
mod tests;
