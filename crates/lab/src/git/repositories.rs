//! Repositories that appear when they are first asked for: a bare repository of one commit is
//! three loose objects, so they are written directly, without running git.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

/// The branch that every repository has.
pub(crate) const DEFAULT_BRANCH: &str = "main";

/// Pushes, which the gate has allowed by then; and, as GitLab's storage does, partial clones and
/// any commit by its id.
const CONFIG: &str = "\
[core]
\trepositoryformatversion = 0
\tbare = true
[http]
\treceivepack = true
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
";

/// Author, committer and time of every first commit, so that its id depends on the project alone.
const SIGNATURE: &str = "build-token lab <lab@example.com> 1577836800 +0000";

/// The repositories of one lab.
pub(crate) struct Repositories {
    root: PathBuf,
    creation: Mutex<()>,
}

impl Repositories {
    /// Repositories that will live under `root`.
    pub fn new(root: PathBuf) -> Self {
        Self {
            root,
            creation: Mutex::new(()),
        }
    }

    /// Where they live.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The directory of a project's repository below [`Self::root`]. It is made when it is not
    /// there; `path` is what its README calls the project.
    pub fn open(&self, project_id: u64, path: &str) -> io::Result<String> {
        let name = format!("{project_id}.git");
        let _creation = self.creation.lock().unwrap_or_else(PoisonError::into_inner);
        let directory = self.root.join(&name);
        if !directory.exists() {
            write_repository(&directory, path)?;
        }
        Ok(name)
    }
}

/// The id of the first commit of the project at `path`.
pub(crate) fn first_commit(path: &str) -> String {
    Objects::of(path).commit.id
}

/// The three objects of a first commit.
struct Objects {
    readme: Object,
    tree: Object,
    commit: Object,
}

impl Objects {
    fn of(path: &str) -> Self {
        let readme = Object::new(
            "blob",
            format!("# {path}\n\nServed by the lab.\n").as_bytes(),
        );
        let mut entry = b"100644 README.md\0".to_vec();
        entry.extend_from_slice(&readme.hash);
        let tree = Object::new("tree", &entry);
        let message = format!(
            "tree {}\nauthor {SIGNATURE}\ncommitter {SIGNATURE}\n\nThe first commit of {path}\n",
            tree.id
        );
        let commit = Object::new("commit", message.as_bytes());
        Self {
            readme,
            tree,
            commit,
        }
    }
}

struct Object {
    hash: Vec<u8>,
    id: String,
    /// Header and content, as they are hashed and stored.
    content: Vec<u8>,
}

impl Object {
    fn new(kind: &str, data: &[u8]) -> Self {
        let mut content = format!("{kind} {}\0", data.len()).into_bytes();
        content.extend_from_slice(data);
        let hash = digest(&SHA1_FOR_LEGACY_USE_ONLY, &content)
            .as_ref()
            .to_vec();
        let id = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        Self { hash, id, content }
    }

    fn write(&self, objects: &Path) -> io::Result<()> {
        let (directory, file) = self.id.split_at(2);
        let directory = objects.join(directory);
        fs::create_dir_all(&directory)?;
        fs::write(directory.join(file), zlib(&self.content))
    }
}

/// Builds the repository beside its place and moves it there, so that a half-written one is never
/// served.
fn write_repository(directory: &Path, path: &str) -> io::Result<()> {
    let unfinished = directory.with_extension("unfinished");
    let objects = unfinished.join("objects");
    let heads = unfinished.join("refs/heads");
    fs::create_dir_all(&heads)?;
    let Objects {
        readme,
        tree,
        commit,
    } = Objects::of(path);
    for object in [&readme, &tree, &commit] {
        object.write(&objects)?;
    }
    fs::write(
        unfinished.join("HEAD"),
        format!("ref: refs/heads/{DEFAULT_BRANCH}\n"),
    )?;
    fs::write(unfinished.join("config"), CONFIG)?;
    fs::write(heads.join(DEFAULT_BRANCH), format!("{}\n", commit.id))?;
    fs::rename(unfinished, directory)
}

/// zlib's format (RFC 1950) around stored blocks (RFC 1951, 3.2.4): nothing here is worth
/// compressing.
fn zlib(data: &[u8]) -> Vec<u8> {
    let mut out = vec![0x78, 0x01];
    let mut blocks = data.chunks(usize::from(u16::MAX)).peekable();
    while let Some(block) = blocks.next() {
        // A chunk is at most `u16::MAX` long.
        let length = u16::try_from(block.len()).unwrap_or(u16::MAX);
        out.push(u8::from(blocks.peek().is_none()));
        out.extend_from_slice(&length.to_le_bytes());
        out.extend_from_slice(&(!length).to_le_bytes());
        out.extend_from_slice(block);
    }
    out.extend_from_slice(&adler32(data).to_be_bytes());
    out
}

fn adler32(data: &[u8]) -> u32 {
    let (low, high) = data.iter().fold((1_u32, 0_u32), |(low, high), byte| {
        let low = (low + u32::from(*byte)) % 65_521;
        (low, (high + low) % 65_521)
    });
    high << 16 | low
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn git(repository: &Path, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "safe.directory=*", "--git-dir"])
            .arg(repository)
            .args(arguments)
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[test]
    fn git_finds_nothing_wrong_with_a_written_repository() {
        let root = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(root.path().to_owned());
        let name = repositories.open(7, "gitlab-org/gitaly").unwrap();
        let repository = root.path().join(name);
        git(&repository, &["fsck", "--strict", "--full"]);
        assert_eq!(
            git(&repository, &["rev-parse", "main"]).trim(),
            first_commit("gitlab-org/gitaly")
        );
        let readme = git(&repository, &["show", "main:README.md"]);
        assert!(readme.starts_with("# gitlab-org/gitaly\n"), "{readme}");
    }

    #[test]
    fn a_repository_is_made_once_and_kept() {
        let root = tempfile::tempdir().unwrap();
        let repositories = Repositories::new(root.path().to_owned());
        let first = repositories.open(1, "a/b").unwrap();
        fs::write(root.path().join(&first).join("marker"), "").unwrap();
        assert_eq!(repositories.open(1, "a/b").unwrap(), first);
        assert!(root.path().join(first).join("marker").exists());
    }

    #[test]
    fn long_content_is_split_into_blocks() {
        let data = vec![b'x'; 70_000];
        let stored = zlib(&data);
        // Two blocks of five bytes of header each, two bytes before and four after.
        assert_eq!(stored.len(), data.len() + 2 * 5 + 2 + 4);
        assert_eq!(stored[2], 0);
        assert_eq!(adler32(b"Wikipedia"), 0x11E6_0398);
    }
}
