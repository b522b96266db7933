use adx_index::{Package, PackagePath};
use image::ImageFormat;

use super::super::screenshots::Screenshots;
use super::{codes, package, run};
use crate::picture::tests::picture;

fn with(file: &str, bytes: Vec<u8>) -> Package {
    let mut package = package(&format!("[module.marketplace]\nscreenshots = [\"{file}\"]\n"), b"", &[]);
    package.files.insert(PackagePath::new(file).unwrap(), bytes);
    package
}

#[test]
fn pictures_are_no_finding_whatever_their_names_say() {
    let sound = picture(20, 10, [1, 2, 3, 255], ImageFormat::Png);
    assert_eq!(run(&Screenshots, &with("screenshots/a.png", sound.clone())), []);
    assert_eq!(run(&Screenshots, &with("screenshots/a.jpg", sound)), []);
    assert_eq!(run(&Screenshots, &package("", b"", &[])), []);
}

#[test]
fn what_is_no_picture_is_told_with_its_path() {
    let findings = run(&Screenshots, &with("screenshots/a.png", b"<svg onload=alert(1)>".to_vec()));
    assert_eq!(codes(&findings), ["screenshot-unreadable"]);
    assert_eq!(findings[0].place.as_deref(), Some("screenshots/a.png"));
    assert!(findings[0].message.contains("neither PNG nor JPEG nor WebP"), "{findings:?}");
}
