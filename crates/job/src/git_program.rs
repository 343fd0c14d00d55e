//! Finds git: by its absolute path, and never in the checkout, since it is given a token.

use std::ffi::OsStr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// There is no git on the path that may be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no git outside {} on PATH", .checkout.display())]
pub struct GitNotFound {
    /// The working directory, in which programs are not looked for.
    pub checkout: PathBuf,
}

/// Finds git on `path` (the value of `PATH`). Relative entries, and whatever lies in or below
/// `checkout` (the working directory), do not count: a checkout must not choose the program that is
/// given a token.
///
/// # Errors
/// [`GitNotFound`].
pub fn find_git(path: &OsStr, checkout: &Path) -> Result<PathBuf, GitNotFound> {
    let real_checkout = checkout.canonicalize().unwrap_or_else(|_| checkout.into());
    // Everything lies within `/`; who works there has no checkout to beware of.
    let inside = |file: &Path| real_checkout.parent().is_some() && file.starts_with(&real_checkout);
    std::env::split_paths(path)
        .filter(|entry| entry.is_absolute())
        .map(|entry| entry.join("git"))
        .find(|file| {
            let real = file.canonicalize();
            real.is_ok_and(|real| is_program(&real) && !inside(&real)) && !inside(file)
        })
        .ok_or_else(|| GitNotFound {
            checkout: checkout.into(),
        })
}

fn is_program(file: &Path) -> bool {
    file.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::symlink;

    use super::*;

    /// Nothing here is executed, so a file with the right mode will do.
    fn program(file: &Path) {
        fs::write(file, "").unwrap();
        fs::set_permissions(file, Permissions::from_mode(0o755)).unwrap();
    }

    #[test]
    fn git_is_taken_from_absolute_places_outside_the_checkout_only() {
        let checkout = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir().unwrap();
        program(&outside.path().join("git"));
        for name in ["bin", "other"] {
            fs::create_dir(checkout.path().join(name)).unwrap();
        }
        program(&checkout.path().join("bin/git"));
        let links = tempfile::tempdir().unwrap();
        symlink(checkout.path().join("bin/git"), links.path().join("git")).unwrap();
        let no_program = tempfile::tempdir().unwrap();
        fs::write(no_program.path().join("git"), "text").unwrap();
        fs::create_dir(checkout.path().join("other/git")).unwrap();

        let find = |entries: &[&Path]| {
            let path = std::env::join_paths(entries).unwrap();
            find_git(&path, checkout.path())
        };
        let (inside, other) = (checkout.path().join("bin"), checkout.path().join("other"));
        let expected = Ok(outside.path().join("git"));
        for bad in [
            inside.as_path(),
            other.as_path(),
            links.path(),
            no_program.path(),
            Path::new("bin"),
            Path::new(""),
            Path::new("."),
        ] {
            assert_eq!(find(&[bad, outside.path()]), expected, "{bad:?}");
            let nothing = GitNotFound {
                checkout: checkout.path().into(),
            };
            assert_eq!(find(&[bad]), Err(nothing), "{bad:?}");
        }
        // Whoever works in `/` has a usable git all the same.
        assert_eq!(
            find_git(outside.path().as_os_str(), Path::new("/")),
            expected
        );
    }
}
