use std::fs;

use adx_signing::Digest;
use adx_trust::{Limits, Source, SourceError};
use tempfile::TempDir;
use url::Url;

use crate::server::Server;

/// A folder with one file of ten bytes, and the same over each kind of source.
async fn stage() -> (TempDir, Server, [Source; 3]) {
    let folder = TempDir::new().expect("a folder");
    fs::create_dir(folder.path().join("below")).expect("a folder");
    fs::write(folder.path().join("below/file"), "ten bytes.").expect("a file");
    let server = Server::start(folder.path().to_owned()).await;
    let file = Url::from_directory_path(folder.path()).expect("an address");
    let parse = |address: &str| Source::parse(address, &Limits::default()).expect("an address");
    let sources = [parse(&server.url), parse(file.as_str()), Source::folder(folder.path())];
    (folder, server, sources)
}

#[tokio::test]
async fn a_file_is_given_up_to_its_cap() {
    let (_folder, _server, sources) = stage().await;
    for source in sources {
        assert_eq!(source.get("below/file", 10).await, Ok(Some(b"ten bytes.".to_vec())), "{source}");
        assert_eq!(source.below("below").get("file", 10).await, Ok(Some(b"ten bytes.".to_vec())), "{source}");
        assert_eq!(source.get("below/nothing", 10).await, Ok(None), "{source}");
        assert_eq!(source.get("below/file/nothing", 10).await, Ok(None), "{source}");
        let refused = source.get("below/file", 9).await.expect_err("a byte more");
        assert!(matches!(refused, SourceError::TooLarge { cap: 9, .. }), "{refused:?}");

        let to = TempDir::new().expect("a folder");
        let file = to.path().join("file");
        let given = source.download("below/file", 10, &file).await;
        assert_eq!(given, Ok(Some((Digest::of(b"ten bytes."), 10))), "{source}");
        assert_eq!(fs::read(&file).expect("a file"), b"ten bytes.");
        // What is there already is not written over.
        assert!(matches!(source.download("below/file", 10, &file).await, Err(SourceError::Disk { .. })));
    }
}

/// Paths come out of metadata too: none leads out of the source.
#[tokio::test]
async fn a_path_does_not_lead_out() {
    let (_folder, server, [http, file, folder]) = stage().await;
    let below = Source::parse(&format!("{}below/", server.url), &Limits::default()).expect("an address");
    for (source, paths) in [
        (&below, &["../file", "//127.0.0.1:1/file", "/file", "http://127.0.0.1:1/file", "%2e%2e/file"][..]),
        (&http, &["//127.0.0.1:1/file", "http://127.0.0.1:1/file"]),
        (&file, &["../file", "/etc/hostname", "below/../../file"]),
        (&folder, &["../file", "/etc/hostname", "below/../../file"]),
    ] {
        for path in paths {
            assert_eq!(source.get(path, 10).await, Err(SourceError::Outside((*path).to_owned())), "{source} {path}");
        }
    }
    assert!(server.asked().is_empty());
}

#[test]
fn an_address_must_be_one_of_a_registry() {
    for address in
        ["registry.example.com", "ftp://example.com/", "https://example.com/?x=1", "file://host/x", "data:,x"]
    {
        let error = Source::parse(address, &Limits::default()).expect_err(address);
        assert!(matches!(error, SourceError::Address { .. }), "{address}: {error:?}");
        assert!(error.to_string().contains("write https://"), "{error}");
    }
}
