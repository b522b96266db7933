//! Pictures from strangers, made small and written anew: what is served was drawn by us, with neither what else the file carried
//! (places, names, thumbnails, code) nor more pixels than a page shows.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder as _, ImageError, ImageReader, Limits, RgbImage};
use thiserror::Error;

/// The type of what [`shrink`] writes.
pub const MEDIA_TYPE: &str = "image/jpeg";
/// Pixels on each side of a picture that is read. Stops a file of a few bytes that unfolds to gigabytes.
pub const MAX_SIDE: u32 = 8_192;
/// Bytes that reading one picture may take.
const MAX_MEMORY_BYTES: u64 = 256 << 20;
/// How well it is drawn, of 100: letters of a screenshot stay sharp.
const QUALITY: u8 = 85;

/// Why a file is no picture that can be shown.
#[derive(Debug, Error)]
pub enum PictureError {
    /// It is of no format that is read, whatever its name says.
    #[error("it is neither PNG nor JPEG nor WebP")]
    Format,
    /// It has more pixels than are read.
    #[error("it has more than {MAX_SIDE} pixels on a side, or takes more than {} MiB", MAX_MEMORY_BYTES >> 20)]
    TooLarge,
    /// Its bytes make no picture.
    #[error("it is damaged: {0}")]
    Damaged(#[source] ImageError),
}

impl From<ImageError> for PictureError {
    fn from(error: ImageError) -> Self {
        match error {
            ImageError::Limits(_) => Self::TooLarge,
            ImageError::Unsupported(_) => Self::Format,
            damaged => Self::Damaged(damaged),
        }
    }
}

/// Reads a picture, and turns it as its camera said.
///
/// # Errors
/// [`PictureError`]
pub fn read(bytes: &[u8]) -> Result<DynamicImage, PictureError> {
    let mut reader = ImageReader::new(Cursor::new(bytes));
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY_BYTES);
    reader.limits(limits);
    // Only what stands in the bytes counts, as it does for browsers.
    let reader = reader.with_guessed_format().map_err(|error| PictureError::Damaged(error.into()))?;
    let mut decoder = reader.into_decoder()?;
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let mut picture = DynamicImage::from_decoder(decoder)?;
    picture.apply_orientation(orientation);
    Ok(picture)
}

/// The picture as JPEG, on white, at most `width` pixels wide; one that is narrower stays as wide as it is.
///
/// # Errors
/// [`PictureError`]
pub fn shrink(bytes: &[u8], width: u32) -> Result<Vec<u8>, PictureError> {
    let picture = read(bytes)?;
    let picture = if picture.width() > width {
        let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width());
        let height = u32::try_from(height).unwrap_or(MAX_SIDE).max(1);
        picture.resize_exact(width, height, FilterType::CatmullRom)
    } else {
        picture
    };
    let mut jpeg = Vec::new();
    on_white(&picture).write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY))?;
    Ok(jpeg)
}

/// JPEG has no transparency.
fn on_white(picture: &DynamicImage) -> RgbImage {
    let (mut drawn, picture) = (RgbImage::new(picture.width(), picture.height()), picture.to_rgba8());
    for (to, from) in drawn.pixels_mut().zip(picture.pixels()) {
        let [red, green, blue, alpha] = from.0.map(u16::from);
        to.0 = [red, green, blue].map(|part| u8::try_from((part * alpha + 255 * (255 - alpha)) / 255).unwrap_or(255));
    }
    drawn
}

#[cfg(test)]
pub(crate) mod tests {
    use image::{ImageFormat, Rgba, RgbaImage};
    use proptest::prelude::*;

    use super::*;

    /// A picture of one colour.
    pub(crate) fn picture(width: u32, height: u32, colour: [u8; 4], format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        let drawn = DynamicImage::from(RgbaImage::from_pixel(width, height, Rgba(colour)));
        let drawn = if format == ImageFormat::Jpeg { drawn.to_rgb8().into() } else { drawn };
        drawn.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn every_format_comes_out_as_a_small_jpeg() {
        for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP] {
            let small = shrink(&picture(400, 200, [200, 30, 30, 255], format), 100).unwrap();
            assert_eq!(image::guess_format(&small).unwrap(), ImageFormat::Jpeg);
            let small = read(&small).unwrap();
            assert_eq!((small.width(), small.height()), (100, 50), "{format:?}");
        }
        let narrow = read(&shrink(&picture(40, 20, [0, 0, 0, 255], ImageFormat::Png), 100).unwrap()).unwrap();
        assert_eq!((narrow.width(), narrow.height()), (40, 20));
    }

    #[test]
    fn what_is_transparent_is_white() {
        let shown = read(&shrink(&picture(8, 8, [0, 0, 0, 0], ImageFormat::Png), 8).unwrap()).unwrap().to_rgb8();
        assert!(shown.pixels().all(|pixel| pixel.0.iter().all(|part| *part > 250)), "{:?}", shown.get_pixel(0, 0));
    }

    #[test]
    fn what_is_no_picture_or_too_large_is_told_apart() {
        assert!(matches!(shrink(b"<svg onload=alert(1)>", 100), Err(PictureError::Format)));
        assert!(matches!(shrink(b"", 100), Err(PictureError::Format)));
        let mut cut = picture(64, 64, [1, 2, 3, 255], ImageFormat::Png);
        cut.truncate(40);
        assert!(matches!(shrink(&cut, 100), Err(PictureError::Damaged(_))));
        // A header that promises a thousand million pixels.
        let mut bomb = picture(8, 8, [1, 2, 3, 255], ImageFormat::Png);
        bomb.splice(16..24, [0, 0, 0x80, 0, 0, 0, 0x80, 0]);
        assert!(matches!(shrink(&bomb, 100), Err(PictureError::TooLarge | PictureError::Damaged(_))));
    }

    #[test]
    fn what_else_a_file_carries_is_gone() {
        let mut carried = picture(8, 8, [1, 2, 3, 255], ImageFormat::Png);
        carried.extend_from_slice(b"<script>alert(1)</script>");
        let shown = shrink(&carried, 8).unwrap();
        assert!(!shown.windows(7).any(|bytes| bytes == b"<script"));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(mut bytes in proptest::collection::vec(any::<u8>(), 0..400), flips in 0..40_usize) {
            // Half the cases begin like a picture.
            if flips % 2 == 0 {
                let mut real = picture(16, 16, [9, 9, 9, 255], ImageFormat::Png);
                for (place, byte) in bytes.iter().take(flips).enumerate() {
                    let at = usize::from(*byte) % real.len();
                    real[at] = real[at].wrapping_add(u8::try_from(place).unwrap_or(1) | 1);
                }
                bytes = real;
            }
            // Either is right.
            let _ = shrink(&bytes, 8);
        }
    }
}
