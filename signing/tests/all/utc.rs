use adx_signing::UtcSecond;
use proptest::prelude::*;
use time::{Duration, OffsetDateTime};

#[test]
fn a_time_has_one_spelling() {
    let time: UtcSecond = "2026-11-25T07:46:49Z".parse().expect("a time");
    assert_eq!((time.unix_seconds(), time.to_string().as_str()), (1_795_592_809, "2026-11-25T07:46:49Z"));
    for text in [
        "2026-11-25T07:46:49+00:00",
        "2026-11-25T07:46:49.0Z",
        "2026-11-25t07:46:49z",
        "2026-11-25 07:46:49Z",
        "+2026-11-25T07:46:49Z",
        "2026-11-25T07:46:60Z",
        "2026-13-25T07:46:49Z",
        "2026-11-25T07:46:49Z ",
        "",
    ] {
        assert!(text.parse::<UtcSecond>().is_err(), "{text}");
    }
}

#[test]
fn no_time_has_a_year_of_five_digits() {
    let far = UtcSecond::from(OffsetDateTime::UNIX_EPOCH).after(Duration::MAX);
    assert_eq!(far.to_string(), "9999-12-31T23:59:59Z");
    let fraction = OffsetDateTime::UNIX_EPOCH + Duration::milliseconds(1999);
    assert_eq!(UtcSecond::from(fraction).unix_seconds(), 1);
}

proptest! {
    #[test]
    fn what_is_written_is_read(seconds in -62_167_219_200_i64..253_402_300_800) {
        let time = UtcSecond::from(OffsetDateTime::from_unix_timestamp(seconds).expect("a time"));
        prop_assert_eq!(time.to_string().parse(), Ok(time));
        prop_assert_eq!(time.unix_seconds(), seconds);
    }
}
