//! An invoice as a PDF (ISO 32000-1): one column of text and one of amounts, on as many pages as it takes.
//!
//! The fonts are two of the fourteen that every reader has, so that none is embedded. They have the letters of Windows-1252 (western
//! Europe); every other letter is written as `?`.

use adx_registry_core::market::invoice::{Invoice, InvoiceState};
use adx_registry_core::money::Money;
use adx_signing::utc::UtcSecond;
use encoding_rs::WINDOWS_1252;
use pdf_writer::{Content, Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};

/// A4, in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;
const MARGIN: f32 = 60.0;
const LEADING: f32 = 15.0;
const SIZE: f32 = 10.0;
/// Lines between the margins.
const ROWS_OF_A_PAGE: usize = 48;
/// What a letter of Courier takes of its size.
const COURIER: f32 = 0.6;
/// Longest line, in letters: longer ones go on in the next.
const MAX_LETTERS: usize = 62;

const PROSE: Name<'_> = Name(b"F1");
const FIGURES: Name<'_> = Name(b"F2");

/// One line of the page.
enum Row {
    /// Words alone.
    Words(String),
    /// Words, and an amount at the right.
    Amount(String, String),
}

/// The bytes of the PDF: the same invoice gives the same.
pub fn invoice(invoice: &Invoice) -> Vec<u8> {
    let rows = rows(invoice);
    let pages: Vec<&[Row]> = rows.chunks(ROWS_OF_A_PAGE).collect();
    let mut next = 1;
    let mut fresh = || {
        let reference = Ref::new(next);
        next += 1;
        reference
    };
    let (catalog, tree, prose, figures, info) = (fresh(), fresh(), fresh(), fresh(), fresh());
    let places: Vec<_> = pages.iter().map(|_| (fresh(), fresh())).collect();
    let mut pdf = Pdf::new();
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).kids(places.iter().map(|(page, _)| *page)).count(i32::try_from(pages.len()).unwrap_or(i32::MAX));
    pdf.document_info(info).title(TextStr(&format!("Invoice {}", invoice.number)));
    for (reference, base) in [(prose, Name(b"Helvetica")), (figures, Name(b"Courier"))] {
        pdf.type1_font(reference).base_font(base).encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (rows, (page, content)) in pages.iter().zip(&places) {
        let mut written = pdf.page(*page);
        written.media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).parent(tree).contents(*content);
        written.resources().fonts().pair(PROSE, prose).pair(FIGURES, figures);
        written.finish();
        pdf.stream(*content, &text(rows));
    }
    pdf.finish()
}

/// What is drawn on a page.
fn text(rows: &[Row]) -> Vec<u8> {
    let mut content = Content::new();
    for (number, row) in (0_u16..).zip(rows) {
        let y = HEIGHT - MARGIN - f32::from(number) * LEADING;
        let (words, amount) = match row {
            Row::Words(words) => (words, None),
            Row::Amount(words, amount) => (words, Some(amount)),
        };
        show(&mut content, PROSE, MARGIN, y, words);
        if let Some(amount) = amount {
            let letters = u16::try_from(amount.chars().count()).unwrap_or(u16::MAX);
            let x = WIDTH - MARGIN - f32::from(letters) * SIZE * COURIER;
            show(&mut content, FIGURES, x, y, amount);
        }
    }
    content.finish().to_vec()
}

fn show(content: &mut Content, font: Name<'_>, x: f32, y: f32, words: &str) {
    content.begin_text().set_font(font, SIZE).next_line(x, y).show(Str(&encoded(words))).end_text();
}

fn rows(invoice: &Invoice) -> Vec<Row> {
    let day = |at| UtcSecond::from(at).to_string().chars().take(10).collect::<String>();
    let money = |minor| Money::new(minor, invoice.total.currency).to_string();
    let mut rows: Vec<Row> = invoice.seller.lines().flat_map(words).collect();
    rows.extend(words(""));
    rows.extend(words(&format!("Invoice {}", invoice.number)));
    if invoice.state == InvoiceState::Void {
        rows.extend(words("VOID: nothing is to be paid"));
    }
    rows.extend(words(""));
    rows.extend(invoice.bill_to.lines().flat_map(words));
    rows.extend(words(""));
    rows.extend(words(&format!("Date: {}", day(invoice.written_at))));
    rows.extend(words(&format!("Due: {}", day(invoice.due_at))));
    rows.extend(words(&format!("Order: {}", invoice.order)));
    if let Some(cost_centre) = &invoice.cost_centre {
        rows.extend(words(&format!("Cost centre: {cost_centre}")));
    }
    rows.extend(words(""));
    for line in &invoice.lines {
        let mut parts = broken(&format!("{} x {} at {}", line.count, line.text, money(line.each_minor)));
        let last = parts.pop().unwrap_or_default();
        rows.extend(parts.into_iter().map(Row::Words));
        rows.push(Row::Amount(last, money(line.amount_minor)));
    }
    rows.extend(words(""));
    rows.push(Row::Amount("Total".to_owned(), invoice.total.to_string()));
    rows
}

/// Words alone, in as many rows as they take; nothing takes one.
fn words(text: &str) -> Vec<Row> {
    broken(text).into_iter().map(Row::Words).collect()
}

/// A text in lines that stay on the page and leave room for an amount.
fn broken(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let lines: Vec<String> = letters.chunks(MAX_LETTERS).map(|line| line.iter().collect()).collect();
    if lines.is_empty() { vec![String::new()] } else { lines }
}

/// In Windows-1252, as far as it has the letters.
fn encoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    for letter in text.chars() {
        let mut room = [0; 4];
        match WINDOWS_1252.encode(letter.encode_utf8(&mut room)) {
            (encoded, _, false) => bytes.extend_from_slice(&encoded),
            (_, _, true) => bytes.push(b'?'),
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use adx_registry_core::Id;
    use adx_registry_core::market::invoice::InvoiceNumber;
    use adx_registry_core::market::price::Line;
    use adx_registry_core::ports::Entropy;
    use time::OffsetDateTime;

    use super::*;

    struct Zeros;

    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    fn sample(lines: usize) -> Invoice {
        let now = OffsetDateTime::UNIX_EPOCH;
        let line = Line { text: "acme/notes, one month".to_owned(), count: 3, each_minor: 1_900, amount_minor: 5_700 };
        Invoice {
            number: InvoiceNumber { year: 2027, number: 7 },
            order: Id::new(now, &Zeros),
            tenant: Id::new(now, &Zeros),
            period: 1,
            state: InvoiceState::Open,
            seller: "ADX\nHafen 1".to_owned(),
            bill_to: "Müller (Söhne) \\ 東京".to_owned(),
            lines: vec![line; lines],
            total: Money::new(5_700, "EUR".parse().unwrap()),
            cost_centre: Some("4711".to_owned()),
            written_at: now,
            due_at: now,
        }
    }

    #[test]
    fn an_invoice_says_what_is_to_be_paid_and_is_the_same_each_time() {
        let pdf = invoice(&sample(1));
        assert!(pdf.starts_with(b"%PDF-") && pdf.ends_with(b"%%EOF"));
        let has = |text: &[u8]| pdf.windows(text.len()).any(|window| window == text);
        for text in
            ["(Invoice 2027-000007)", "(57.00 EUR)", "(3 x acme/notes, one month at 19.00 EUR)", "(Cost centre: 4711)"]
        {
            assert!(has(text.as_bytes()), "{text}");
        }
        // What would end the text is written in hexadecimal with it, and what the fonts do not have is shown to be missing.
        let written = hex::encode_upper(b"M\xfcller (S\xf6hne) \\ ??");
        assert!(has(format!("<{written}>").as_bytes()));
        assert!(!has(b"VOID"));
        assert_eq!(pdf, invoice(&sample(1)));
        let void = invoice(&Invoice { state: InvoiceState::Void, ..sample(1) });
        assert!(void.windows(4).any(|window| window == b"VOID"));
    }

    #[test]
    fn many_lines_go_on_on_other_pages() {
        let pdf = String::from_utf8_lossy(&invoice(&sample(100))).into_owned();
        assert_eq!(pdf.matches("/MediaBox").count(), 3);
        let long = invoice(&Invoice { bill_to: "x".repeat(100), ..sample(1) });
        let long = String::from_utf8_lossy(&long).into_owned();
        assert!(long.contains(&format!("({})", "x".repeat(62))) && long.contains(&format!("({})", "x".repeat(38))));
    }
}
