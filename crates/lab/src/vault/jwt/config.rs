//! `auth/<mount>/config`: whose ID tokens a mount accepts.

use std::sync::Arc;

use build_token_vault::rules::{
    acl::Operation,
    fields::{self, Kind, Parameters},
    login::{AuthConfiguration, KeySource},
};
use serde_json::{Value, json};

use super::{
    super::{
        endpoint::{Call, Endpoint, Rest},
        reply::{Answer, Fault, Reply},
    },
    keys::KeySet,
    mount,
};

pub(super) const CONFIG: Endpoint = Endpoint::new(
    "config",
    Rest::Nothing,
    AuthConfiguration::FIELDS,
    &[(Operation::Read, read), (Operation::Update, write)],
);

fn write(call: &Call<'_>) -> Answer {
    let previous = mount(call, &mut call.core.state(), |jwt| {
        jwt.configuration.clone()
    })?;
    let configuration =
        AuthConfiguration::read(&call.data, previous.as_deref()).map_err(Fault::refused)?;
    let keys = KeySet::new(&configuration.keys).map_err(|text| match configuration.keys {
        KeySource::Static(_) => Fault::refused(format!("error parsing public key: {text}")),
        KeySource::Jwks(..) => Fault::refused("error checking jwks_ca_pem"),
        KeySource::Discovery(..) => Fault::refused("error checking oidc discovery URL"),
    })?;
    // The issuer is asked without holding the state.
    let warnings = match keys.probe() {
        Ok(()) => Vec::new(),
        Err(_) => {
            let text = match configuration.keys {
                KeySource::Discovery(..) => "error checking oidc discovery URL",
                _ => "error checking jwks URL",
            };
            if !configuration.skip_jwks_validation {
                return Err(Fault::refused(text));
            }
            vec![text.to_owned()]
        }
    };
    configuration.check(&call.data).map_err(Fault::refused)?;
    mount(call, &mut call.core.state(), |jwt| {
        jwt.shown = shown(&call.data, &configuration);
        jwt.configuration = Some(Arc::new(configuration));
        jwt.keys = Some(Arc::new(keys));
    })?;
    Ok(Reply::only_warnings(warnings))
}

/// All settings but the client's secret.
fn shown(data: &Parameters, configuration: &AuthConfiguration) -> Parameters {
    let mut shown = Parameters::new();
    for (name, kind) in AuthConfiguration::FIELDS {
        let value = data.get(*name).unwrap_or(&Value::Null);
        let value: Value = match kind {
            Kind::CommaTexts => fields::comma_texts(value).unwrap_or_default().into(),
            Kind::Map => fields::map(value).unwrap_or_default().into(),
            Kind::Switch => configuration.namespace_in_state.into(),
            _ => fields::text(value).unwrap_or_default().into(),
        };
        shown.insert((*name).to_owned(), value);
    }
    shown.insert(
        "default_role".to_owned(),
        configuration.default_role.as_str().into(),
    );
    shown.remove("oidc_client_secret");
    shown.remove("skip_jwks_validation");
    shown
}

fn read(call: &Call<'_>) -> Answer {
    let found = mount(call, &mut call.core.state(), |jwt| {
        jwt.keys.clone().map(|keys| (jwt.shown.clone(), keys))
    })?;
    let Some((mut shown, keys)) = found else {
        return Ok(None);
    };
    let (status, warnings) = match keys.prepare() {
        Ok(()) => ("valid", Vec::new()),
        Err(error) => {
            let text =
                format!("failed to construct JWK validator: keyset configuration error: {error}");
            ("invalid", vec![text])
        }
    };
    shown.insert("status".to_owned(), json!(status));
    Ok(Some(Reply::data(shown.into()).with_warnings(warnings)))
}
