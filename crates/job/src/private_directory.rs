//! A directory that only we can enter, for as long as a run lasts: the helper's socket, and what git has
//! to read before anything else. No secret is ever in it.

use std::fs;
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

/// Room for `/s` and the zero byte within `sun_path`, which holds 108 bytes (unix(7)).
const LONGEST: usize = 100;
/// The socket's name.
const SOCKET: &str = "s";
/// The name of git's first configuration file.
const CONFIG: &str = "gitconfig";

/// A private directory; it goes when it is dropped.
#[derive(Debug)]
pub struct PrivateDirectory {
    path: PathBuf,
}

impl PrivateDirectory {
    /// Makes one below `temporary` or, where that path is too long for a socket, below `/tmp`. What
    /// killed runs have left there is removed.
    ///
    /// # Errors
    /// None of them can be written.
    pub fn new(temporary: &Path) -> io::Result<PrivateDirectory> {
        let us = std::process::id();
        let mut last = io::Error::new(
            io::ErrorKind::InvalidInput,
            "the path is too long for a socket",
        );
        for base in [temporary, Path::new("/tmp"), Path::new("/dev/shm")] {
            if base.as_os_str().len() + "/bt-4194304-99".len() > LONGEST {
                continue;
            }
            remove_abandoned(base);
            for attempt in 0..100 {
                let path = base.join(format!("bt-{us}-{attempt}"));
                match fs::DirBuilder::new().mode(0o700).create(&path) {
                    Ok(()) => return Ok(PrivateDirectory { path }),
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => {
                        last = error;
                        break;
                    }
                }
            }
        }
        Err(last)
    }

    /// Where the socket is, or will be.
    #[must_use]
    pub fn socket(&self) -> PathBuf {
        self.path.join(SOCKET)
    }

    /// Writes git's first configuration file; returns its path.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_config(&self, text: &str) -> io::Result<PathBuf> {
        let file = self.path.join(CONFIG);
        fs::write(&file, text)?;
        Ok(file)
    }
}

impl Drop for PrivateDirectory {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

/// Removes what we make, and nothing else: somebody who chose such a name for his own things keeps them.
fn remove(directory: &Path) {
    let _ = fs::remove_file(directory.join(SOCKET));
    let _ = fs::remove_file(directory.join(CONFIG));
    let _ = fs::remove_dir(directory);
}

/// Removes what a killed run left: a directory of ours with a socket that nobody answers.
fn remove_abandoned(base: &Path) {
    let Ok(entries) = fs::read_dir(base) else {
        return;
    };
    for entry in entries.flatten() {
        let name = entry.file_name();
        let Some(owner) = name.to_str().and_then(|name| {
            name.strip_prefix("bt-")?
                .split_once('-')?
                .0
                .parse::<u32>()
                .ok()
        }) else {
            continue;
        };
        // Somebody else's may be a link, or a socket that never answers.
        if !is_our_own(&entry) {
            continue;
        }
        // A run that lives is not even asked: it would take us for a stranger.
        if Path::new(&format!("/proc/{owner}")).exists() {
            continue;
        }
        let answer = UnixStream::connect(entry.path().join(SOCKET));
        if answer.is_err_and(|error| error.kind() == io::ErrorKind::ConnectionRefused) {
            remove(&entry.path());
        }
    }
}

fn is_our_own(entry: &fs::DirEntry) -> bool {
    // Of the entry itself, not of what a link leads to.
    entry.metadata().is_ok_and(|metadata| {
        metadata.is_dir() && metadata.uid() == rustix::process::geteuid().as_raw()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;
    use std::os::unix::net::UnixListener;

    fn entries(directory: &Path) -> usize {
        fs::read_dir(directory).unwrap().count()
    }

    #[test]
    fn it_is_private_and_goes_with_everything_in_it() {
        let base = tempfile::tempdir().unwrap();
        let directory = PrivateDirectory::new(base.path()).unwrap();
        let mode = fs::metadata(&directory.path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let socket = UnixListener::bind(directory.socket()).unwrap();
        directory.write_config("[user]\n").unwrap();
        drop((directory, socket));
        assert_eq!(entries(base.path()), 0);
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_other_things_stay() {
        let base = tempfile::tempdir().unwrap();
        // No process has this id: the kernel's largest is 4194304 (proc(5), pid_max).
        let left = base.path().join("bt-4194399-0");
        fs::create_dir(&left).unwrap();
        drop(UnixListener::bind(left.join(SOCKET)).unwrap());
        fs::write(left.join(CONFIG), "").unwrap();
        let foreign = base.path().join("bt-4194398-0");
        fs::create_dir(&foreign).unwrap();
        fs::write(foreign.join("notes"), "").unwrap();
        let directory = PrivateDirectory::new(base.path()).unwrap();
        assert!(!left.exists() && foreign.join("notes").exists());
        drop(directory);
        assert_eq!(entries(base.path()), 1);
    }

    #[test]
    fn a_link_to_another_directory_is_not_followed() {
        let (base, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        drop(UnixListener::bind(other.path().join(SOCKET)).unwrap());
        fs::write(other.path().join(CONFIG), "[user]\n").unwrap();
        std::os::unix::fs::symlink(other.path(), base.path().join("bt-4194397-0")).unwrap();
        PrivateDirectory::new(base.path()).unwrap();
        assert_eq!(entries(other.path()), 2);
    }
}
