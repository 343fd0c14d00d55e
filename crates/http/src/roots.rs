//! Whom we trust: a file, a directory, or the system's bundle, with Mozilla's list behind it.

use std::io;
use std::path::{Path, PathBuf};

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use crate::error::Error;

/// Where the roots of trust come from. They are read at the first https connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Roots {
    /// The distribution's bundle, else what the system calls its own, else Mozilla's list.
    #[default]
    System,
    /// The PEM certificates of one file, and no others.
    File(PathBuf),
    /// The PEM certificates of all files in a directory, and no others.
    Directory(PathBuf),
}

/// No bundle of certificates comes near this, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Where distributions keep all roots in one file.
const BUNDLES: [&str; 5] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];

impl Roots {
    /// `SSL_CERT_FILE`, as everywhere, else the system.
    pub fn from_environment(lookup: &dyn Fn(&str) -> Option<String>) -> Roots {
        match lookup("SSL_CERT_FILE").filter(|path| !path.is_empty()) {
            Some(path) => Roots::File(path.into()),
            None => Roots::System,
        }
    }

    pub(crate) fn load(&self) -> Result<RootCertStore, Error> {
        match self {
            Roots::System => Ok(system()),
            Roots::File(path) => {
                let mut store = RootCertStore::empty();
                add_file(&mut store, path)?;
                non_empty(store, path)
            }
            Roots::Directory(path) => {
                let mut store = RootCertStore::empty();
                let unreadable = |error: std::io::Error| failure(path, &error);
                for entry in std::fs::read_dir(path).map_err(unreadable)? {
                    let file = entry.map_err(unreadable)?.path();
                    if file.is_file() {
                        add_file(&mut store, &file)?;
                    }
                }
                non_empty(store, path)
            }
        }
    }
}

fn system() -> RootCertStore {
    let mut store = RootCertStore::empty();
    for bundle in BUNDLES {
        // An unreadable bundle is passed over: the next one, or Mozilla's list, will do.
        if add_file(&mut store, Path::new(bundle)).is_ok() && !store.is_empty() {
            return store;
        }
    }
    store.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if store.is_empty() {
        store.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    store
}

/// Adds what can be parsed: bundles hold old certificates that no strict parser accepts.
fn add_file(store: &mut RootCertStore, path: &Path) -> Result<(), Error> {
    let pem = read(path).map_err(|error| failure(path, &error))?;
    let certificates: Vec<CertificateDer<'_>> = CertificateDer::pem_slice_iter(&pem)
        .filter_map(Result::ok)
        .collect();
    store.add_parsable_certificates(certificates);
    Ok(())
}

/// A device or a pipe could be read for ever, and the deadline is not watched here.
fn read(path: &Path) -> io::Result<Vec<u8>> {
    let file = std::fs::metadata(path)?;
    if !file.is_file() {
        return Err(io::Error::other("not a regular file"));
    }
    if file.len() > LARGEST {
        return Err(io::Error::other("far too large for certificates"));
    }
    std::fs::read(path)
}

fn non_empty(store: RootCertStore, path: &Path) -> Result<RootCertStore, Error> {
    if store.is_empty() {
        return Err(failure(path, &"no certificate in it"));
    }
    Ok(store)
}

fn failure(path: &Path, text: &dyn ToString) -> Error {
    Error::Roots {
        path: path.to_owned(),
        text: text.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AUTHORITY: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/certificates/authority.pem"
    );

    #[test]
    fn a_file_a_directory_and_what_is_wrong_with_them() {
        let file = PathBuf::from(AUTHORITY);
        assert_eq!(Roots::File(file.clone()).load().unwrap().len(), 1);
        let directory = file.parent().unwrap().to_owned();
        assert!(Roots::Directory(directory).load().unwrap().len() > 1);

        let text = |roots: Roots| match roots.load().unwrap_err() {
            Error::Roots { text, .. } => text,
            other => panic!("{other}"),
        };
        assert!(text(Roots::File("/does/not/exist".into())).contains("No such file"));
        assert!(text(Roots::Directory("/does/not/exist".into())).contains("No such file"));
        assert!(text(Roots::File("/dev/zero".into())).contains("regular file"));
        let not_pem = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        assert_eq!(text(Roots::File(not_pem.into())), "no certificate in it");
    }

    #[test]
    fn the_environment_names_a_file() {
        let set = |name: &str| (name == "SSL_CERT_FILE").then(|| "/x.pem".to_owned());
        assert_eq!(Roots::from_environment(&set), Roots::File("/x.pem".into()));
        assert_eq!(
            Roots::from_environment(&|_| Some(String::new())),
            Roots::System
        );
        assert_eq!(Roots::from_environment(&|_| None), Roots::System);
    }
}
