//! The skip scan: finds every form of every secret while it reads a few bytes of the text.
//!
//! Say that no form is shorter than `n` bytes. Then the first `n` bytes of a form that occurs in the
//! text, its head, hold at least one of the four-byte grams that start at every `n - 3`rd byte of the
//! text. So only these grams are looked at. A bit set tells at once that a gram is in no head, which is
//! nearly always so; otherwise a table gives the heads that it is in and its offset there, and the
//! forms are compared with the text.

use std::ops::Range;

use zeroize::Zeroizing;

use crate::forms::Form;
use crate::spans::{Found, Span};

/// The length of a gram in bytes.
const GRAM: usize = 4;

/// Heads longer than this would fill the tables and hardly make the steps longer.
const LONGEST_HEAD: usize = 32;

/// Bits of the bit set for each gram in it: fifteen of sixteen foreign grams are told apart at once.
const BITS_PER_GRAM: usize = 16;

/// The bit set stays within the processor's nearer caches: 64 KiB.
const MOST_BITS: usize = 1 << 19;

/// A search for forms of which none is shorter than four bytes. Forms of similar lengths belong in
/// one scan, since the shortest one decides how far it can step.
pub(crate) struct Scan {
    /// Sorted by bytes, so the forms with one head are neighbours.
    forms: Vec<Form>,
    /// The length of a head in bytes.
    head: usize,
    bits: Bits,
    table: Table,
}

impl Scan {
    /// `forms` are sorted by bytes, each of them once, and at least four bytes long.
    pub(crate) fn new(forms: Vec<Form>) -> Self {
        let shortest = forms.iter().map(|form| form.bytes.len()).min();
        let head = shortest.unwrap_or(GRAM).min(LONGEST_HEAD);
        let places = places(&forms, head);
        Self {
            bits: Bits::new(&places),
            table: Table::new(&places),
            forms,
            head,
        }
    }

    /// Reports every occurrence that is complete, and where the first one starts that may become so.
    pub(crate) fn search(&self, text: &[u8], found: &mut Found) {
        let step = self.head - GRAM + 1;
        for (index, window) in text.windows(GRAM).step_by(step).enumerate() {
            let Some(&gram) = window.first_chunk() else {
                break;
            };
            if self.bits.may_have(gram) {
                self.verify(text, index * step, gram, found);
            }
        }
        self.search_tail(text, found);
    }

    #[cold]
    fn verify(&self, text: &[u8], at: usize, gram: [u8; GRAM], found: &mut Found) {
        for place in self.table.places(gram) {
            let Some(start) = at.checked_sub(place.offset as usize) else {
                continue;
            };
            let rest = &text[start..];
            for form in &self.forms[place.forms()] {
                if rest.starts_with(&form.bytes) {
                    let end = start + form.bytes.len();
                    found.spans.push(Span {
                        start,
                        end,
                        open: false,
                    });
                } else if form.bytes.starts_with(rest) {
                    found.undecided_from(start);
                }
            }
        }
    }

    /// Looks for beginnings of heads at the end of the text; where the whole head is there, the grams
    /// have found it.
    fn search_tail(&self, text: &[u8], found: &mut Found) {
        let from = text.len().saturating_sub(self.head - 1);
        for start in from..text.len().min(found.decided) {
            let rest = &text[start..];
            if rest
                .first_chunk()
                .is_some_and(|gram| !self.bits.may_have(*gram))
            {
                continue;
            }
            let next = self
                .forms
                .partition_point(|form| form.bytes.as_slice() < rest);
            if let Some(form) = self.forms.get(next)
                && form.bytes.starts_with(rest)
            {
                return found.undecided_from(start);
            }
        }
    }
}

/// One gram of one head.
#[derive(Clone, Copy, Default)]
struct Place {
    gram: [u8; GRAM],
    /// Where in the head the gram is.
    offset: u32,
    /// The forms that have this head.
    first: u32,
    past: u32,
}

impl Place {
    fn forms(self) -> Range<usize> {
        self.first as usize..self.past as usize
    }
}

impl zeroize::DefaultIsZeroes for Place {}

fn places(forms: &[Form], head: usize) -> Zeroizing<Vec<Place>> {
    let same_head = |one: &Form, other: &Form| one.bytes[..head] == other.bytes[..head];
    let heads = forms.chunk_by(same_head).count();
    let mut places = Zeroizing::new(Vec::with_capacity(heads * (head - GRAM + 1)));
    let mut first = 0;
    for group in forms.chunk_by(same_head) {
        let past = first + group.len() as u32;
        let grams = group[0].bytes[..head].windows(GRAM);
        for (offset, gram) in (0..).zip(grams.filter_map(|gram| gram.first_chunk())) {
            places.push(Place {
                gram: *gram,
                offset,
                first,
                past,
            });
        }
        first = past;
    }
    places
}

/// Spreads grams over `1 << bits` numbers.
fn hash(gram: [u8; GRAM], bits: u32) -> usize {
    // The multiplier is 2^32 divided by the golden ratio; the upper bits of the product depend on
    // every byte of the gram.
    (u32::from_le_bytes(gram).wrapping_mul(0x9E37_79B1) >> (32 - bits)) as usize
}

/// A set of grams that may say yes wrongly, but never no.
struct Bits {
    words: Zeroizing<Vec<u64>>,
    hash_bits: u32,
}

impl Bits {
    fn new(places: &[Place]) -> Self {
        let size = (places.len() * BITS_PER_GRAM)
            .next_power_of_two()
            .clamp(64, MOST_BITS);
        let hash_bits = size.ilog2();
        let mut words = Zeroizing::new(vec![0; size / 64]);
        for place in places {
            let bit = hash(place.gram, hash_bits);
            words[bit / 64] |= 1 << (bit % 64);
        }
        Self { words, hash_bits }
    }

    fn may_have(&self, gram: [u8; GRAM]) -> bool {
        let bit = hash(gram, self.hash_bits);
        self.words[bit / 64] >> (bit % 64) & 1 == 1
    }
}

/// The places of each gram, by hash.
struct Table {
    places: Zeroizing<Vec<Place>>,
    /// Bucket `n` is `places[starts[n]..starts[n + 1]]`.
    starts: Vec<u32>,
    hash_bits: u32,
}

impl Table {
    fn new(places: &[Place]) -> Self {
        let buckets = places.len().next_power_of_two().max(2);
        let hash_bits = buckets.ilog2();
        let bucket = |place: &Place| hash(place.gram, hash_bits);
        let mut starts = vec![0; buckets + 1];
        for place in places {
            starts[bucket(place) + 1] += 1;
        }
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut sorted = Zeroizing::new(vec![Place::default(); places.len()]);
        let mut free = starts.clone();
        for place in places {
            let next = &mut free[bucket(place)];
            sorted[*next as usize] = *place;
            *next += 1;
        }
        Self {
            places: sorted,
            starts,
            hash_bits,
        }
    }

    fn places(&self, gram: [u8; GRAM]) -> impl Iterator<Item = Place> {
        let bucket = hash(gram, self.hash_bits);
        let range = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        let places = self.places[range].iter().copied();
        places.filter(move |place| place.gram == gram)
    }
}
