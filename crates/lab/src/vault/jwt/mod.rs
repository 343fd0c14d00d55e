//! The JWT auth method: configuration, roles, login.

mod config;
pub(super) mod keys;
mod login;
mod roles;

use std::sync::MutexGuard;

use super::{
    endpoint::{Call, Endpoint},
    reply::Fault,
    state::{Engine, JwtMount, State},
};

/// The method's paths.
pub(super) const ENDPOINTS: &[Endpoint] = &[login::LOGIN, config::CONFIG, roles::LIST, roles::ONE];

/// Runs with the memory of the mount that a call is for.
fn mount<'s, T>(
    call: &Call<'_>,
    state: &'s mut MutexGuard<'_, State>,
    run: impl FnOnce(&'s mut JwtMount) -> T,
) -> Result<T, Fault> {
    match state
        .mounts
        .get_mut(call.mount)
        .map(|mount| &mut mount.engine)
    {
        Some(Engine::Jwt(jwt)) => Ok(run(jwt)),
        // Unmounted since the request began.
        _ => Err(Fault::unsupported_path()),
    }
}
