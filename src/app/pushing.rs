//! Waking phones, where the operator has set it up.

use std::sync::Arc;

use super::StartError;
use crate::config::Config;
use crate::flow::key::push_key;
use crate::flow::{Ground, Waker, Waking};
use crate::notice::push::Pusher;

/// Both ends of it, and the key by which phones know our messages; without
/// settings nothing is woken, and the key is empty.
pub struct Pushing {
    pub waker: Waker,
    pub waking: Option<Waking>,
    pub application_server_key: String,
}

impl Pushing {
    /// Reads the settings and the key.
    pub async fn start(
        config: &Config,
        ground: &Ground,
        public_url: &str,
    ) -> Result<Self, StartError> {
        let Some(settings) = &config.push else {
            let (waker, application_server_key) = (Waker::default(), String::new());
            return Ok(Self { waker, waking: None, application_server_key });
        };
        let key = push_key(ground).await;
        let key = key.map_err(|error| {
            StartError::Data(format!("the key for push services cannot be used: {error}"))
        })?;
        let pusher = Pusher::new(settings.clone(), &key);
        let pusher = Arc::new(pusher.map_err(|error| StartError::Failed(error.to_string()))?);
        let application_server_key = pusher.application_server_key().to_owned();
        let portal = (config.brand.name.clone(), config.brand.language);
        let (waker, waking) = Waking::new(ground.clone(), pusher, portal, public_url);
        Ok(Self { waker, waking: Some(waking), application_server_key })
    }
}
