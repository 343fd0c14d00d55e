//! How fast a log goes through the masker, compared with an automaton over the same forms.
//!
//! `cargo bench -p build-token-secret`: first each measurement by itself, then the ratios.

#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::hint::black_box;
use std::time::{Duration, Instant};

use aho_corasick::{AhoCorasick, MatchKind};
use build_token_secret::{MASK, Masker, Secret, forms};
use divan::Bencher;
use divan::counter::{BytesCount, BytesFormat};

const LOG_BYTES: usize = 16 << 20;
/// What a pipe holds.
const PIECE: usize = 64 << 10;
const SECRETS: [usize; 2] = [1, 20];

fn main() {
    let divan = divan::Divan::from_args();
    divan.bytes_format(BytesFormat::Binary).main();
    // With a filter or `--list`, only what was asked for.
    if std::env::args()
        .skip(1)
        .all(|argument| argument == "--bench")
    {
        print_ratios();
    }
}

#[divan::bench(args = SECRETS)]
fn masker(bencher: Bencher, secrets: usize) {
    let log = log();
    let masker = masker_of(secrets);
    let mut out = Vec::with_capacity(2 * PIECE);
    bencher
        .counter(BytesCount::new(log.len()))
        .bench_local(|| mask(&masker, &log, &mut out));
}

#[divan::bench(args = SECRETS)]
fn masker_without_shapes(bencher: Bencher, secrets: usize) {
    let log = log();
    let masker = masker_without_shapes_of(secrets);
    let mut out = Vec::with_capacity(2 * PIECE);
    bencher
        .counter(BytesCount::new(log.len()))
        .bench_local(|| mask(&masker, &log, &mut out));
}

#[divan::bench(args = SECRETS)]
fn automaton_alone(bencher: Bencher, secrets: usize) {
    let log = log();
    let automaton = automaton_of(secrets);
    let mut out = Vec::with_capacity(2 * PIECE);
    bencher
        .counter(BytesCount::new(log.len()))
        .bench_local(|| replace(&automaton, &log, &mut out));
}

/// What a job pays before its first byte: a secret's forms and the tables to find them.
#[divan::bench(args = SECRETS)]
fn first_byte(secrets: usize) -> Vec<u8> {
    masker_of(secrets).mask(b"x")
}

/// An ID token is long, and so are its forms.
#[divan::bench]
fn first_byte_with_an_id_token(bencher: Bencher) {
    let token = Secret::new("eyJhbGciOiJSUzI1NiIs".repeat(60));
    bencher.bench_local(|| {
        let masker = masker_of(1);
        masker.add(&token);
        masker.mask(b"x")
    });
}

/// Programs that write line by line make us decide again at every line's end.
#[divan::bench(args = SECRETS)]
fn line_by_line(bencher: Bencher, secrets: usize) {
    let log = &log()[..1 << 20];
    let masker = masker_of(secrets);
    let mut out = Vec::with_capacity(2 * PIECE);
    bencher.counter(BytesCount::new(log.len())).bench_local(|| {
        let mut stream = masker.stream();
        for line in log.split_inclusive(|byte| *byte == b'\n') {
            out.clear();
            stream.push(line, &mut out);
            black_box(&out);
        }
    });
}

fn print_ratios() {
    let log = log();
    println!(
        "\nsecrets   masker   without shapes   automaton alone   GiB/s; in brackets the ratio"
    );
    for secrets in SECRETS {
        let mut out = Vec::with_capacity(2 * PIECE);
        let masker = masker_of(secrets);
        let automaton = automaton_of(secrets);
        let bare = masker_without_shapes_of(secrets);
        let ours = speed(log.len(), || mask(&masker, &log, &mut out));
        let bare = speed(log.len(), || mask(&bare, &log, &mut out));
        let theirs = speed(log.len(), || replace(&automaton, &log, &mut out));
        let (ratio, bare_ratio) = (ours / theirs, bare / theirs);
        println!(
            "{secrets:7} {ours:5.2} ({ratio:4.1})     {bare:5.2} ({bare_ratio:4.1}) {theirs:12.2}"
        );
    }
}

/// The best of several runs, in GiB/s: the others were disturbed by something.
fn speed(bytes: usize, mut run: impl FnMut()) -> f64 {
    let one = |_| {
        let start = Instant::now();
        run();
        start.elapsed()
    };
    let best = (0..15).map(one).min().unwrap_or(Duration::MAX);
    bytes as f64 / best.as_secs_f64() / f64::from(1 << 30)
}

fn mask(masker: &Masker, log: &[u8], out: &mut Vec<u8>) {
    let mut stream = masker.stream();
    for piece in log.chunks(PIECE) {
        out.clear();
        stream.push(piece, out);
        black_box(&out);
    }
    stream.finish(out);
}

/// The automaton does less than the masker: nothing is found across pieces, no shapes.
fn replace(automaton: &AhoCorasick, log: &[u8], out: &mut Vec<u8>) {
    for piece in log.chunks(PIECE) {
        out.clear();
        let mut past = 0;
        for found in automaton.find_iter(piece) {
            out.extend_from_slice(&piece[past..found.start()]);
            out.extend_from_slice(MASK);
            past = found.end();
        }
        out.extend_from_slice(&piece[past..]);
        black_box(&out);
    }
}

fn masker_of(secrets: usize) -> Masker {
    told(Masker::new(), secrets)
}

fn masker_without_shapes_of(secrets: usize) -> Masker {
    told(Masker::without_shapes(), secrets)
}

fn told(masker: Masker, secrets: usize) -> Masker {
    for secret in secrets_of(secrets) {
        masker.add(&secret);
    }
    masker
}

fn automaton_of(secrets: usize) -> AhoCorasick {
    let forms = secrets_of(secrets)
        .iter()
        .flat_map(forms)
        .collect::<Vec<_>>();
    AhoCorasick::builder()
        .match_kind(MatchKind::LeftmostLongest)
        .build(forms.iter().map(|form| &form.bytes[..]))
        .expect("automata have room for twenty secrets")
}

/// Values of 20 to 26 characters, as GitLab makes them.
fn secrets_of(count: usize) -> Vec<Secret> {
    let mut random = Random(7);
    (0..count)
        .map(|index| {
            let prefix = if index % 2 == 0 { "" } else { "glpat-" };
            Secret::new(format!("{prefix}{}", random.token(20)))
        })
        .collect()
}

/// What a build prints: a compiler, git, a package manager, tests, in colours and in UTF-8.
fn log() -> Vec<u8> {
    let mut random = Random(1);
    let mut log = String::with_capacity(LOG_BYTES + 4096);
    while log.len() < LOG_BYTES {
        log += &line(&mut random);
    }
    log.into_bytes()
}

fn line(random: &mut Random) -> String {
    let n = random.below(4000);
    let percent = n / 40;
    let a = random.word();
    let b = random.word();
    match random.below(12) {
        0 => format!(
            "[{n:4}/4000] gcc -O2 -g -fPIC -Wall -Iinclude -I/usr/include/{a} -c -o build/{a}/{b}.o src/{a}/{b}.c\n"
        ),
        1 => format!(
            "src/{a}/{b}.c:{n}:17: warning: comparison of integer expressions of different signedness: 'int' and 'size_t' [-Wsign-compare]\n"
        ),
        2 => format!("   Compiling {a}-{b} v0.{n}.{percent} (/builds/group/{a}/crates/{b})\n"),
        3 => format!(
            "remote: Compressing objects: {percent:3}% ({n}/4000)\rReceiving objects: {percent:3}% ({n}/4000), {n}.12 MiB | 5.31 MiB/s\r"
        ),
        4 => format!(
            "\x1b[32;1m$ git clone --depth 20 https://gitlab.example.com/group/{a}.git {b}\x1b[0;m\n"
        ),
        5 => format!(" * [new branch]      {a}/{b}-{n} -> origin/{a}/{b}-{n}\n"),
        6 => format!(
            "Get:{n} http://deb.example.org/debian bookworm/main amd64 lib{a}-dev amd64 {percent}.{n}.1-2+b1 [{n} kB]\n"
        ),
        7 => format!("test {a}::tests::{b}_is_{a} ... ok ({n} µs)\n"),
        8 => format!("警告: {a} の設定が見つかりません。既定値 {n} を使います — ≥ {b} ✓\n"),
        9 => format!(
            "2025-03-14T12:{percent:02}:17.{n:06}Z INFO {a}.{b}: request done status=200 bytes={n} path=/api/v4/projects/{n}/repository\n"
        ),
        10 => format!(
            "HEAD is now at {} Merge branch '{a}-{b}' into 'master'\n",
            random.pick(40, b"0123456789abcdef")
        ),
        _ => format!(
            "added {a}@{n}.0.1 integrity sha512-{}== in node_modules/{b}\n",
            random.token(86)
        ),
    }
}

/// The same numbers in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        self.0 >> 33
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 16] = [
            "core",
            "parser",
            "network",
            "render",
            "string",
            "hash",
            "buffer",
            "unicode",
            "session",
            "storage",
            "index",
            "service",
            "queue",
            "allocator",
            "pipeline",
            "registry",
        ];
        WORDS[self.below(16) as usize]
    }

    fn token(&mut self, length: usize) -> String {
        let all = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        self.pick(length, all)
    }

    fn pick(&mut self, length: usize, all: &[u8]) -> String {
        let mut one = || char::from(all[self.below(all.len() as u64) as usize]);
        (0..length).map(|_| one()).collect()
    }
}
