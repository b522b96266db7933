//! What one package changes in another: files, what it asks for, what it links, its bill of materials.

use std::collections::{BTreeMap, BTreeSet};

use adx_index::component::{Interfaces, inspect};
use adx_index::package::{Package, SBOM};
use serde::Deserialize;
use similar::{Algorithm, TextDiff};

/// Longest text that is compared line by line, in bytes and lines: comparing takes time with the product of lines and changes.
const MAX_TEXT_BYTES: usize = 64 * 1024;
const MAX_TEXT_LINES: usize = 2_000;
/// Most files compared line by line.
const MAX_COMPARED: usize = 50;
/// Most bytes of comparisons told of one package.
const MAX_TOLD_BYTES: usize = 512 * 1024;
/// Lines told around a change.
const CONTEXT_LINES: usize = 3;

/// What a package changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diff {
    /// Files that are new, gone or other, by path; the manifest and the component among them.
    pub files: Vec<FileDiff>,
    /// Permissions.
    pub permissions: Listed,
    /// Hosts that it may reach.
    pub hosts: Listed,
    /// What the component needs from the host.
    pub imports: Listed,
    /// What the component offers.
    pub exports: Listed,
    /// Components of the bill of materials, as `name version`.
    pub components: Listed,
    /// Unpacked bytes of all files before; none without a package before.
    pub unpacked_bytes_before: Option<u64>,
    /// Unpacked bytes of all files now.
    pub unpacked_bytes: u64,
}

/// What is new in a list, and what is gone from it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listed {
    /// What is new.
    pub added: Vec<String>,
    /// What is gone.
    pub removed: Vec<String>,
}

/// A file that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Its path.
    pub path: String,
    /// How.
    pub change: FileChange,
    /// Its bytes before, if it was there.
    pub bytes_before: Option<u64>,
    /// Its bytes now, if it is there.
    pub bytes: Option<u64>,
    /// The change line by line in the unified format, where both are text and not too long.
    pub text: Option<String>,
}

/// How a file changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileChange {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It has other bytes.
    Changed,
}

/// Compares packages. Takes its time: not for the reactor.
pub fn compare(before: Option<&Package>, now: &Package) -> Diff {
    let (old, new) = (before.map(files).unwrap_or_default(), files(now));
    let sum = |files: &BTreeMap<&str, &[u8]>| files.values().map(|bytes| bytes.len() as u64).sum();
    let interfaces = |package: &Package| inspect(&package.component).unwrap_or_default();
    let (linked_before, linked) = (before.map(interfaces).unwrap_or_default(), interfaces(now));
    let Interfaces { imports, exports } = linked;
    Diff {
        permissions: listed(
            before.map(|package| package.manifest.permissions.texts()),
            now.manifest.permissions.texts(),
        ),
        hosts: listed(before.map(hosts), hosts(now)),
        imports: listed(Some(linked_before.imports), imports),
        exports: listed(Some(linked_before.exports), exports),
        components: listed(before.map(components), components(now)),
        unpacked_bytes_before: before.map(|_| sum(&old)),
        unpacked_bytes: sum(&new),
        files: changed(&old, &new),
    }
}

fn files(package: &Package) -> BTreeMap<&str, &[u8]> {
    let mut files: BTreeMap<_, _> =
        package.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice())).collect();
    files.insert(adx_index::package::MANIFEST, package.manifest_text.as_bytes());
    files.insert(adx_index::package::COMPONENT, &package.component);
    files
}

fn changed(old: &BTreeMap<&str, &[u8]>, new: &BTreeMap<&str, &[u8]>) -> Vec<FileDiff> {
    let (mut left, mut compared) = (MAX_TOLD_BYTES, 0);
    let paths: BTreeSet<_> = old.keys().chain(new.keys()).copied().collect();
    let diff = |path: &str| {
        let (before, now) = (old.get(path).copied(), new.get(path).copied());
        let change = match (before, now) {
            (Some(before), Some(now)) if before == now => return None,
            (Some(_), Some(_)) => FileChange::Changed,
            (Some(_), None) => FileChange::Removed,
            (None, _) => FileChange::Added,
        };
        compared += 1;
        let text = (compared <= MAX_COMPARED).then(|| unified(before.unwrap_or_default(), now.unwrap_or_default()));
        let text = text.flatten().filter(|text| text.len() <= left);
        left -= text.as_ref().map_or(0, String::len);
        let size = |bytes: Option<&[u8]>| bytes.map(|bytes| bytes.len() as u64);
        Some(FileDiff { path: path.to_owned(), change, bytes_before: size(before), bytes: size(now), text })
    };
    paths.into_iter().filter_map(diff).collect()
}

/// Two texts line by line; nothing where one is no text or too long.
fn unified(before: &[u8], now: &[u8]) -> Option<String> {
    let text = |bytes| {
        let text = std::str::from_utf8(bytes).ok()?;
        let short = text.len() <= MAX_TEXT_BYTES && text.lines().count() <= MAX_TEXT_LINES;
        (short && !text.contains('\0')).then_some(text)
    };
    let (before, now) = (text(before)?, text(now)?);
    let diff = TextDiff::configure().algorithm(Algorithm::Myers).diff_lines(before, now);
    Some(diff.unified_diff().context_radius(CONTEXT_LINES).to_string())
}

fn hosts(package: &Package) -> Vec<String> {
    package.manifest.network.allowed_hosts.iter().map(ToString::to_string).collect()
}

/// The components that a bill of materials names; none for one that cannot be read.
fn components(package: &Package) -> Vec<String> {
    #[derive(Deserialize)]
    struct Bill {
        #[serde(default)]
        components: Vec<Component>,
    }
    #[derive(Deserialize)]
    struct Component {
        name: String,
        #[serde(default)]
        version: String,
    }
    let bill = package.files.get(SBOM).and_then(|bytes| serde_json::from_slice::<Bill>(bytes).ok());
    let named = |component: Component| format!("{} {}", component.name, component.version).trim_end().to_owned();
    bill.map(|bill| bill.components.into_iter().map(named).collect()).unwrap_or_default()
}

fn listed(before: Option<Vec<String>>, now: Vec<String>) -> Listed {
    let before: BTreeSet<_> = before.unwrap_or_default().into_iter().collect();
    let now: BTreeSet<_> = now.into_iter().collect();
    Listed { added: now.difference(&before).cloned().collect(), removed: before.difference(&now).cloned().collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_told_and_what_is_no_text_is_not() {
        let told = unified(b"one\ntwo\n", b"one\nthree\n").unwrap();
        assert!(told.contains("-two\n+three\n"), "{told}");
        assert_eq!(unified(b"\xff", b"text"), None);
        assert_eq!(unified(b"a\0b", b"text"), None);
        assert_eq!(unified(b"", "x\n".repeat(MAX_TEXT_LINES + 1).as_bytes()), None);
    }

    #[test]
    fn files_that_are_new_gone_and_other_are_told_and_the_same_are_not() {
        let old = BTreeMap::from([("same", b"s".as_slice()), ("gone", b"g"), ("other", b"a\n")]);
        let new = BTreeMap::from([("same", b"s".as_slice()), ("new", b"n"), ("other", b"b\n")]);
        let told: Vec<_> = changed(&old, &new).into_iter().map(|file| (file.path, file.change)).collect();
        let expected = [("gone", FileChange::Removed), ("new", FileChange::Added), ("other", FileChange::Changed)];
        assert_eq!(told, expected.map(|(path, change)| (path.to_owned(), change)));
    }

    /// As many changed texts as a package can have do not make an answer without end.
    #[test]
    fn the_answer_is_bounded() {
        let names: Vec<_> = (0..100).map(|number| format!("{number}.txt")).collect();
        let text = "line\n".repeat(MAX_TEXT_LINES);
        let new: BTreeMap<_, _> = names.iter().map(|name| (name.as_str(), text.as_bytes())).collect();
        let told: usize =
            changed(&BTreeMap::new(), &new).iter().filter_map(|file| Some(file.text.as_ref()?.len())).sum();
        assert!(told > 0 && told <= MAX_TOLD_BYTES, "{told}");
    }
}
